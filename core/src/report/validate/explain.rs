//! Why a version was refused or let through, as a person would say it.

use super::words;
use crate::domain::verdict::{Finding, Verdict};
use crate::steps::validate::Validation;

/// The explanation: the answer in a sentence, then what led to it, what weighs most first, each with
/// what would have passed.
pub fn explanation(validation: &Validation) -> String {
    let opening = opening(&words::challenger(validation), validation.verdict, &validation.findings);
    let opponent = words::opponent(validation);
    explained(
        &format!("{opening} It was {opponent}.").replace("It was there is", "There is"),
        &validation.findings,
    )
}

/// The same for findings without a validation, such as those of a pin that changes nothing.
pub fn explained(opening: &str, findings: &[Finding]) -> String {
    let mut text = opening.to_owned();
    let parts = [
        (Verdict::Fail, "Against it"),
        (Verdict::Error, "Could not be judged"),
        (Verdict::Inconclusive, "Not enough evidence"),
        (Verdict::Warn, "Worth a look"),
        (Verdict::Pass, "For it"),
    ];
    for (verdict, title) in parts {
        let mut own: Vec<&Finding> = findings.iter().filter(|f| f.verdict == verdict).collect();
        if own.is_empty() {
            continue;
        }
        own.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        text += &format!("\n\n{title}:");
        for (number, finding) in own.iter().enumerate() {
            text += &format!("\n  {}. {}", number + 1, sentence(finding));
            for behind in words::evidence(finding) {
                text += &format!("\n     - {behind}");
            }
            if let Some(hint) = finding.hint.as_ref().filter(|_| verdict != Verdict::Pass) {
                text += &format!("\n     {}", capital(&ended(hint)));
            }
        }
    }
    text
}

fn opening(name: &str, verdict: Verdict, findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let reasons = |n: usize| match n {
        1 => "one reason".to_owned(),
        n => format!("{n} reasons"),
    };
    let (refused, open) = (count(Verdict::Fail), count(Verdict::Inconclusive));
    match verdict {
        Verdict::Pass => format!("{name} may be promoted: it was shown to be good enough."),
        Verdict::Warn => format!(
            "{name} may be promoted, but look first: there is {}.",
            reasons(count(Verdict::Warn))
        ),
        Verdict::Inconclusive => {
            format!(
                "{name} may not be promoted yet: for {} the evidence does not suffice.",
                reasons(open)
            )
        }
        Verdict::Fail => format!("{name} is refused, for {}.", reasons(refused)),
        Verdict::Error if refused > 0 => format!(
            "{name} is refused, for {}; and not everything could be judged.",
            reasons(refused)
        ),
        Verdict::Error => format!(
            "{name} may not be promoted: not everything could be judged, for {}.",
            reasons(count(Verdict::Error))
        ),
    }
}

/// How far a value is from its bound, as a share of the bound: what is furthest off is said first.
fn weight(finding: &Finding) -> f64 {
    match (finding.value, finding.bound) {
        (Some(value), Some(bound)) => (value - bound).abs() / bound.abs().max(1e-3),
        _ => f64::INFINITY,
    }
}

fn sentence(finding: &Finding) -> String {
    format!("{}: {}", finding.gate, ended(&finding.message))
}

fn ended(text: &str) -> String {
    match text.trim_end().chars().last() {
        Some('.' | '!' | '?' | '…') => text.trim_end().to_owned(),
        _ => format!("{}.", text.trim_end()),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(gate: &str, verdict: Verdict, value: f64, bound: f64) -> Finding {
        Finding::new(gate, "code", verdict, format!("{gate} says"))
            .value(value)
            .bound(bound)
            .hint("more would have passed")
    }

    #[test]
    fn what_weighs_most_comes_first_with_what_would_have_passed() {
        let findings = [
            finding("size", Verdict::Pass, 1.0, 2.0),
            finding("near", Verdict::Fail, 0.84, 0.85),
            finding("far", Verdict::Fail, 0.2, 0.85),
            Finding::new("custom", "code", Verdict::Error, "broke off."),
        ];
        let opening = opening("acme@1.1.0", Verdict::Error, &findings);
        assert_eq!(
            explained(&opening, &findings),
            "acme@1.1.0 is refused, for 2 reasons; and not everything could be judged.\n\n\
             Against it:\n  1. far: far says.\n     More would have passed.\n  \
             2. near: near says.\n     More would have passed.\n\n\
             Could not be judged:\n  1. custom: broke off.\n\nFor it:\n  1. size: size says."
        );
    }

    #[test]
    fn every_verdict_has_an_opening() {
        let one = |verdict| opening("a@1", verdict, &[finding("g", verdict, 1.0, 2.0)]);
        assert!(one(Verdict::Pass).contains("may be promoted: it was shown"));
        assert!(one(Verdict::Warn).contains("look first: there is one reason"));
        assert!(one(Verdict::Inconclusive).contains("may not be promoted yet"));
        assert!(one(Verdict::Fail).contains("refused, for one reason"));
        assert!(one(Verdict::Error).contains("may not be promoted: not everything"));
    }
}
