//! What the logs of both CI systems have in common: text that came from outside must not become a
//! command, must not forge lines, and must not turn around what stands beside it.

/// `text` with line ends as `\n`, and every other control character, and every character that
/// turns the direction of text, written as an escape such as `\u{1b}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            _ if is_deceptive(c) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{ad}')
}

/// `text` with a backslash after `opening` wherever it stands before `[`, in any case: `##[` becomes
/// `##\[`.
pub(super) fn without(text: &str, opening: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(&format!("{opening}[")) {
        let end = at + found.len() - 1;
        out.push_str(&text[from..end]);
        out.push('\\');
        from = end;
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(visible("a\r\nb\rc\td"), "a\nb\nc\td");
        assert_eq!(visible("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(visible("a\u{202e}b\u{0}"), "a\\u{202e}b\\u{0}");
        assert_eq!(visible("größer 模型"), "größer 模型");
    }

    #[test]
    fn an_opening_is_broken_wherever_it_stands() {
        assert_eq!(without("x ##vso[a] ##VSO[b]", "##vso"), "x ##vso\\[a] ##VSO\\[b]");
        assert_eq!(without("##[##[", "##"), "##\\[##\\[");
        assert_eq!(without("nothing [here]", "##"), "nothing [here]");
    }
}
