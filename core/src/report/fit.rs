//! Markdown that is too long for a place, cut so that what is left still reads as Markdown.

/// `markdown` in at most `max_bytes`.
///
/// What is too long loses whole lines from its end, open code fences and `<details>` are closed, and
/// `note` follows as a paragraph of its own. A note that is itself too long is cut between two
/// characters.
pub fn fit(markdown: &str, max_bytes: usize, note: &str) -> String {
    if markdown.len() <= max_bytes {
        return markdown.to_owned();
    }
    let (mut end, mut open, mut best) = (0, Open::default(), None);
    for line in std::iter::once("").chain(markdown.split_inclusive('\n')) {
        end += line.len();
        if end > max_bytes {
            break;
        }
        open.read(line);
        let tail = open.tail(&markdown[..end], note);
        if end + tail.len() <= max_bytes {
            best = Some((end, tail));
        }
    }
    match best {
        Some((end, tail)) => format!("{}{tail}", &markdown[..end]),
        None => clipped(note, max_bytes).to_owned(),
    }
}

/// The longest beginning of `text` that has at most `max_bytes` and ends between two characters.
pub fn clipped(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// What is open at the end of a line.
#[derive(Default)]
struct Open {
    fence: Option<String>,
    details: usize,
}

impl Open {
    fn read(&mut self, line: &str) {
        let text = line.trim();
        match (&self.fence, fence(line)) {
            (Some(open), _) if closes(text, open) => self.fence = None,
            (Some(_), _) => {}
            (None, Some(fence)) => self.fence = Some(fence.to_owned()),
            (None, None) => {
                let opened = text.matches("<details").count();
                let closed = text.matches("</details").count();
                self.details = (self.details + opened).saturating_sub(closed);
            }
        }
    }

    /// What must follow `kept` so that the note stands for itself.
    fn tail(&self, kept: &str, note: &str) -> String {
        let mut out = String::new();
        if let Some(fence) = &self.fence {
            out.push_str(&format!("{fence}\n"));
        }
        if self.details > 0 {
            let closers = "</details>\n".repeat(self.details);
            out.push_str(&format!("\n{closers}"));
        }
        let begins = kept.is_empty() && out.is_empty();
        let separate = begins || (out.is_empty() && kept.ends_with("\n\n"));
        let newline = if kept.is_empty() || kept.ends_with('\n') { "" } else { "\n" };
        let paragraph = if separate { "" } else { "\n" };
        format!("{newline}{out}{paragraph}{note}")
    }
}

/// The run of characters that opens a code fence.
fn fence(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let end = text.find(|c| c != mark).unwrap_or(text.len());
    let (run, info) = text.split_at(end);
    let opens = run.len() >= 3 && line.len() - text.len() < 4;
    (opens && !(mark == '`' && info.contains('`'))).then_some(run)
}

fn closes(text: &str, open: &str) -> bool {
    let mark = open.chars().next().unwrap_or('`');
    text.len() >= open.len() && text.chars().all(|c| c == mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOTE: &str = "The whole report: `.outerloop/reports/acme.html`";

    fn still_open(text: &str) -> (bool, usize) {
        let mut open = Open::default();
        text.split_inclusive('\n').for_each(|line| open.read(line));
        (open.fence.is_some(), open.details)
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(fit("a\nb", 3, NOTE), "a\nb");
    }

    #[test]
    fn a_table_loses_rows_from_its_end_and_stays_a_table() {
        let rows: String = (0..100).map(|i| format!("| {i} | x |\n")).collect();
        let text = fit(&format!("| a | b |\n| --- | --- |\n{rows}"), 200, NOTE);
        assert!(text.len() <= 200 && text.starts_with("| a | b |\n| --- | --- |\n| 0 | x |\n"));
        assert!(text.ends_with(&format!(" | x |\n\n{NOTE}")), "{text}");
    }

    #[test]
    fn what_was_opened_is_closed_before_the_note() {
        let long = "x\n".repeat(200);
        let text = fit(&format!("<details>\n<summary>s</summary>\n\n~~~~ text\n{long}"), 160, NOTE);
        assert!(text.ends_with(&format!("x\n~~~~\n\n</details>\n\n{NOTE}")), "{text}");
    }

    #[test]
    fn html_inside_a_fence_opens_nothing() {
        let text = fit(&format!("```\n<details>\n```\n{}", "y\n".repeat(99)), 100, NOTE);
        assert!(!text.contains("</details>"), "{text}");
    }

    #[test]
    fn a_note_that_is_too_long_is_cut_between_characters() {
        assert_eq!(fit("123456789", 5, "äöü"), "äö");
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("```".to_owned()),
            Just("~~~~ rust".to_owned()),
            Just("<details><summary>x</summary>".to_owned()),
            Just("</details>".to_owned()),
            "\\PC{0,40}",
        ]
    }

    proptest! {
        #[test]
        fn it_never_gets_too_long_and_leaves_nothing_open(
            lines in proptest::collection::vec(line(), 0..40),
            max in 120_usize..600,
        ) {
            let text = lines.join("\n");
            let cut = fit(&text, max, NOTE);
            prop_assert!(cut.len() <= max);
            if text.len() > max {
                prop_assert!(cut.ends_with(NOTE));
                prop_assert_eq!(still_open(&cut), (false, 0));
            } else {
                prop_assert_eq!(cut, text);
            }
        }
    }
}
