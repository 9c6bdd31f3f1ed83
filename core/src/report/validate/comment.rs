//! The comment in a pull request: what was decided and why in a few lines, the gates folded below.

use super::words;
use crate::domain::verdict::{Finding, Verdict};
use crate::report::fit::fit;
use crate::report::markdown::{code, escape, link, table};
use crate::report::number::{figure, percent, signed};
use crate::steps::validate::Announcement;

/// Refused gates told before the table.
const MOST: usize = 3;
/// Characters of a message that are shown.
const SHOWN: usize = 400;

/// One line of plain text: the verdict and what it means.
pub fn title(told: &Announcement) -> String {
    let meaning = words::meaning(told.verdict, &told.findings);
    format!("{}: {}@{} {meaning}", told.verdict, told.model, told.version)
}

/// The comment, in at most `max_bytes`: the folded table gives up rows from its end, and says how
/// many, before anything else is cut.
pub fn comment(told: &Announcement, max_bytes: usize) -> String {
    let head = head(told);
    let rows: Vec<Vec<String>> = told.findings.iter().map(row).collect();
    let kept = |shown: usize| format!("{head}{}", folded(&rows, shown, told.more));
    let fits = |shown: &usize| kept(*shown).len() <= max_bytes;
    let (mut low, mut high) = (0, rows.len() + 1);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        (low, high) = if fits(&middle) { (middle, high) } else { (low, middle) };
    }
    if fits(&low) { kept(low) } else { fit(&head, max_bytes, "The rest is in the report.\n") }
}

fn head(told: &Announcement) -> String {
    let mut out = format!(
        "**{}**: {} {}{}.\n\n",
        told.verdict,
        code(&format!("{}@{}", told.model, told.version)),
        escape(&words::meaning(told.verdict, &told.findings)),
        opponent(told),
    );
    let main = difference(&told.findings);
    if let Some(line) = main.and_then(measured) {
        out.push_str(&line);
    }
    let refused = words::refused(&told.findings);
    let others: Vec<_> =
        refused.into_iter().filter(|f| main.is_none_or(|main| !std::ptr::eq(*f, main))).collect();
    out.extend(others.iter().take(MOST).map(|finding| line(finding)));
    if others.len() > MOST {
        out.push_str(&format!("- and {} more below\n", others.len() - MOST));
    }
    if let Some(hurt) = &told.hurt {
        out.push_str(&format!("- {}\n", escape(&short(hurt))));
    }
    if let Some(line) = sources(told) {
        out.push_str(&line);
    }
    out
}

fn opponent(told: &Announcement) -> String {
    match &told.champion {
        Some(version) if *version == told.version => String::new(),
        Some(version) => {
            format!(", compared with the champion {}", code(&format!("{}@{version}", told.model)))
        }
        None => ", there is no champion to compare it with".to_owned(),
    }
}

/// The finding that compares both models by an interval; the first of the configuration.
fn difference(findings: &[Finding]) -> Option<&Finding> {
    let complete = |f: &&Finding| f.value.is_some() && f.bound.is_some();
    findings.iter().filter(complete).find(|f| words::is_difference(f))
}

fn measured(finding: &Finding) -> Option<String> {
    let (interval, value, bound) = (finding.interval?, finding.value?, finding.bound?);
    let above = if finding.gate == "superiority" { "above" } else { "at or above" };
    Some(format!(
        "- **{}** {}: {} is better by **{}**, {} interval {} to {}; it must lie {above} the margin \
         {}{}\n",
        finding.verdict,
        escape(&short(&finding.gate)),
        escape(&short(finding.subject.as_deref().unwrap_or("the metric"))),
        signed(value),
        percent(interval.level),
        signed(interval.low),
        signed(interval.high),
        figure(bound),
        hint(finding),
    ))
}

fn line(finding: &Finding) -> String {
    let (gate, message) = (escape(&short(&finding.gate)), escape(&short(&finding.message)));
    let behind = words::evidence(finding).into_iter();
    let behind: String = behind.map(|text| format!("  - {}\n", escape(&short(&text)))).collect();
    format!("- **{}** {gate}: {message}{}\n{behind}", finding.verdict, hint(finding))
}

fn hint(finding: &Finding) -> String {
    match &finding.hint {
        Some(hint) if finding.verdict != Verdict::Pass => format!(" ({})", escape(&short(hint))),
        _ => String::new(),
    }
}

/// Where to read more.
fn sources(told: &Announcement) -> Option<String> {
    let run = told.run.as_deref().map(|url| link("the run", url));
    let report = told.report.as_deref().map(|path| format!("report {}", code(&short(path))));
    let parts: Vec<String> = run.into_iter().chain(report).collect();
    let by_fork = if told.from_fork { "Measured by a run of the fork. " } else { "" };
    (!parts.is_empty()).then(|| format!("\n{by_fork}More: {}\n", parts.join(" · ")))
}

fn folded(rows: &[Vec<String>], shown: usize, more: u64) -> String {
    let hidden = (rows.len() - shown) as u64 + more;
    let all = rows.len() as u64 + more;
    if all == 0 {
        return String::new();
    }
    let gates = table(&["Gate", "Verdict", "Found", "What would help"], &rows[..shown]);
    let rest = if hidden > 0 { format!("\n… and {hidden} more\n") } else { String::new() };
    format!("\n<details>\n<summary>Every finding ({all})</summary>\n\n{gates}{rest}\n</details>\n")
}

fn row(finding: &Finding) -> Vec<String> {
    vec![
        code(&short(&finding.gate)),
        finding.verdict.to_string(),
        escape(&short(&finding.message)),
        escape(&short(finding.hint.as_deref().unwrap_or(""))),
    ]
}

/// The beginning of a text that is too long to be read in a comment.
fn short(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::verdict::{Figure, Interval};

    fn told(findings: Vec<Finding>) -> Announcement {
        Announcement {
            model: "acme".parse().unwrap(),
            version: "1.1.0".parse().unwrap(),
            champion: Some("1.0.0".parse().unwrap()),
            verdict: Verdict::of(&findings),
            findings,
            more: 0,
            hurt: None,
            report: Some(".outerloop/reports/acme.html".to_owned()),
            run: Some("https://acme.example/runs/1".to_owned()),
            from_fork: false,
        }
    }

    fn inferior() -> Finding {
        Finding::new("non-inferiority", "inferior", Verdict::Fail, "long words")
            .subject("roc-auc")
            .value(-0.0134)
            .bound(-0.01)
            .interval(Interval { low: -0.021, high: -0.0061, level: 0.95 })
            .hint("less loss would have passed")
    }

    #[test]
    fn five_lines_say_what_was_decided_and_why() {
        let size = Finding::new("size", "size-exceeded", Verdict::Fail, "2 MB, more than 1 MB");
        let fine = Finding::new("digest", "digest-matches", Verdict::Pass, "1 file");
        let text = comment(&told(vec![inferior(), size, fine]), 65_536);
        let top: Vec<&str> = text.split("\n<details>").next().unwrap().lines().collect();
        let expected = [
            "**fail**: <code>acme@1.1.0</code> is refused by 2 gates, compared with the champion \
             <code>acme@1.0.0</code>.",
            "",
            "- **fail** non-inferiority: roc-auc is better by **−0.0134**, 95 % interval −0.021 to \
             −0.0061; it must lie at or above the margin −0.01 (less loss would have passed)",
            "- **fail** size: 2 MB, more than 1 MB",
            "",
            "More: [the run](https://acme.example/runs/1) · report \
             <code>.outerloop/reports/acme.html</code>",
        ];
        assert_eq!(top, expected);
        assert!(text.contains("<summary>Every finding (3)</summary>\n\n| Gate |"), "{text}");
        assert!(text.ends_with("| <code>digest</code> | pass | 1 file |  |\n\n</details>\n"));
    }

    #[test]
    fn the_groups_behind_a_refusal_are_told_the_worst_first_and_the_others_counted() {
        let figures = (0..7).map(|i| {
            let interval = Interval { low: 0.5, high: 0.75, level: 0.95 };
            Figure::new(format!("region=<r{i}>"), 0.6).rows(40).interval(interval)
        });
        let slices = Finding::new("slices", "slice-out-of-bounds", Verdict::Fail, "too low")
            .value(0.6)
            .bound(0.7)
            .interval(Interval { low: 0.5, high: 0.75, level: 0.95 })
            .evidence(figures);
        let text = comment(&told(vec![slices]), 65_536);
        let top = text.split("\n<details>").next().unwrap();
        let lines: Vec<&str> = top.lines().filter(|line| line.starts_with("  - ")).collect();
        assert_eq!(lines.len(), 6, "{top}");
        assert!(lines[0].ends_with(": 0.6 (0.5 to 0.75), 40 rows"), "{top}");
        assert!(!top.contains("<r0>") && lines[0].contains("r0") && lines[4].contains("r4"));
        assert_eq!(lines[5], "  - and 2 more");
        assert!(!top.contains("is better by"), "a value of its own is no difference: {top}");
    }

    #[test]
    fn many_rows_shrink_to_what_fits_and_say_how_many_are_missing() {
        let many = (0..900).map(|i| {
            Finding::new("signature", "input-removed", Verdict::Fail, format!("input {i} is gone"))
        });
        let text = comment(&told(many.collect()), 4_000);
        assert!(text.len() <= 4_000 && text.len() > 3_800, "{}", text.len());
        let rows = text.lines().filter(|l| l.starts_with("| <code>signature")).count();
        assert!(text.contains(&format!("… and {} more\n\n</details>\n", 900 - rows)), "{text}");
        assert!(text.contains("- and 897 more below\n"));
        assert_eq!(text.lines().filter(|l| l.starts_with("- **fail**")).count(), 3);
    }

    #[test]
    fn without_room_for_any_table_the_decision_stays() {
        let text = comment(&told(vec![inferior()]), 200);
        assert!(text.len() <= 200 && text.starts_with("**fail**"), "{text}");
        assert!(!text.contains("<details>"), "{text}");
    }

    proptest! {
        #[test]
        fn no_text_gets_out_of_its_place(text in "\\PC{0,300}|(\n|@a|<b>|\\||`|-->|</details>){0,80}", max in 300_usize..3_000) {
            let evil = Finding::new(text.clone(), "code", Verdict::Fail, text.clone())
                .hint(text.clone()).subject(text.clone());
            let evil = Announcement {
                report: Some(text.clone()),
                run: Some(format!("https://acme.example/{text}")),
                ..told(vec![evil, inferior().subject(text)])
            };
            let out = comment(&evil, max);
            prop_assert!(out.len() <= max);
            prop_assert!(out.starts_with("**fail**: ") || out.starts_with("The rest"));
            let count = |part: &str| out.matches(part).count();
            prop_assert!(count("<details>") <= 1 && count("<details>") == count("</details>"));
            for broken in ["<b>", "-->", "<!--"] {
                prop_assert!(!out.contains(broken), "{}", out);
            }
            // Inside of code nobody is notified.
            let talk = out.split("<code>").map(|part| part.split("</code>").last());
            prop_assert!(talk.flatten().all(|text| !text.contains("@a")), "{}", out);
            for line in out.lines().filter(|l| l.starts_with("| ")) {
                let bars = line.replace("\\|", "").matches('|').count();
                prop_assert_eq!(bars, 5, "{}", line);
            }
        }
    }
}
