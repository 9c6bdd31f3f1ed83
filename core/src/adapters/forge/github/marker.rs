//! The hidden first line by which a text is found again.

use crate::domain::error::{Error, Result};

/// The hidden line that a text with this marker begins with.
///
/// # Errors
/// The marker has characters that could end the hidden line.
pub(super) fn line(marker: &str) -> Result<String> {
    let known = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, ':' | '.' | '_' | '-')
    };
    if marker.is_empty() || !marker.chars().all(known) {
        let shown = marker.escape_debug();
        return Err(Error::usage(format!("`{shown}` cannot mark a comment"))
            .hint("use lowercase letters, digits, `:`, `.`, `_` and `-`"));
    }
    Ok(format!("<!-- outerloop:{marker} -->"))
}

/// Whether `text` begins with the hidden line: a text that only quotes it does not count.
pub(super) fn begins(text: &str, line: &str) -> bool {
    text.strip_prefix(line).is_some_and(|rest| rest.is_empty() || rest.starts_with(['\n', '\r']))
}

/// Whether two texts are the same to the server, which may change line ends and the last spaces.
pub(super) fn same(one: &str, other: &str) -> bool {
    let clean = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    clean(one) == clean(other)
}

/// `text` in at most `most` characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_counts_only_at_the_beginning_and_whole() {
        let own = line("validate:churn").unwrap();
        assert!(begins("<!-- outerloop:validate:churn -->\nyes", &own));
        assert!(!begins("> <!-- outerloop:validate:churn -->\nyes", &own));
        assert!(!begins("<!-- outerloop:validate:churn-2 -->\nyes", &own));
        assert!(!begins("<!-- outerloop:validate:churn -->yes", &own));
    }

    #[test]
    fn a_marker_cannot_end_its_hidden_line() {
        for marker in ["a -->", "a\nb", "A", "", "a b"] {
            assert!(line(marker).is_err(), "{marker:?}");
        }
        assert!(line("validate:a--b").is_ok());
    }

    #[test]
    fn line_ends_and_last_spaces_make_no_difference() {
        assert!(same("a\r\nb\n", "a\nb"));
        assert!(!same("a\nb", "a b"));
    }

    #[test]
    fn a_cut_text_keeps_its_limit_in_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
