//! Markdown for step summaries and comments. Every text that comes from outside (a model's name, a
//! column, a commit message) goes through [`escape`] or [`code`].

pub use super::fit::fit;

/// `text` as plain text inside a line or a table cell.
///
/// Line breaks become spaces; Markdown's and HTML's own characters lose their meaning; a zero-width
/// space breaks `@name`, `#12` and `https://` so that nobody is notified and nothing is linked.
/// Control characters and those that turn the direction of text are replaced by U+FFFD.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '#' => out.push_str("\\#\u{200b}"),
            '@' => out.push_str("@\u{200b}"),
            ':' if rest.peek() == Some(&'/') => out.push_str(":\u{200b}"),
            _ if is_deceptive(c) => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// `text` as code inside a line or a table cell. Names, digests and numbers read best so.
pub fn code(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            _ if is_deceptive(c) => '\u{fffd}',
            _ => c,
        })
        .collect();
    let html = clean
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('|', "&#124;")
        .replace('`', "&#96;")
        .replace('\\', "&#92;")
        .replace('*', "&#42;")
        .replace('_', "&#95;")
        .replace('~', "&#126;")
        .replace('$', "&#36;")
        .replace('[', "&#91;");
    format!("<code>{html}</code>")
}

/// A link, where `url` is an address for people (`http` or `https`), else `text` alone. `text` is
/// Markdown already.
pub fn link(text: &str, url: &str) -> String {
    match address(url) {
        Some(url) => format!("[{text}]({url})"),
        None => text.to_owned(),
    }
}

/// The address with every character that could end it, or that Markdown gives a meaning, as
/// percent code.
fn address(url: &str) -> Option<String> {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~:/?#&=+,;%$!".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(out)
}

/// A table. Headings are plain text and are escaped; cells are Markdown, so that a cell may hold
/// [`code`]: escape what comes from outside. Rows that are too short are filled up.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = headings.iter().map(|h| escape(h)).collect();
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(headings.len()));
    for row in rows {
        let cells = (0..headings.len()).map(|i| row.get(i).map_or("", String::as_str));
        out.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
    }
    out
}

/// Control characters, and those that reorder the text around them.
pub(super) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_keeps_its_meaning() {
        assert_eq!(escape("a|b\nc"), "a\\|b c");
        assert_eq!(escape("<img src=x>"), "&lt;img src=x&gt;");
        assert_eq!(escape("`rm`"), "\\`rm\\`");
        assert_eq!(escape("@acme/team"), "@\u{200b}acme/team");
        assert_eq!(escape("fixes #1"), "fixes \\#\u{200b}1");
        assert_eq!(escape("[x](https://acme)"), "\\[x\\](https:\u{200b}//acme)");
        assert_eq!(escape("a\u{202e}b\u{7}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(escape("a\r\nb"), "a b");
    }

    #[test]
    fn code_holds_backticks_pipes_and_html() {
        assert_eq!(code("a`|</code>"), "<code>a&#96;&#124;&lt;/code&gt;</code>");
        assert_eq!(code("a_b*"), "<code>a&#95;b&#42;</code>");
    }

    #[test]
    fn a_link_cannot_be_left_by_its_address() {
        assert_eq!(link("run", "https://acme.example/a b"), "[run](https://acme.example/a%20b)");
        let evil = link("run", "https://acme.example/) <img> `x` [y](z)\n## q");
        assert_eq!(evil.matches([')', '(', '<', '`', '\n', ' ']).count(), 2, "{evil}");
        for no_address in ["javascript:alert(1)", "//acme.example", "", " https://acme.example"] {
            assert_eq!(link("run", no_address), "run");
        }
    }

    #[test]
    fn a_row_cannot_break_its_table() {
        let text = table(&["metric", "value"], &[vec![escape("a|b\n| c")], vec![]]);
        assert_eq!(text.lines().count(), 4);
        let unescaped = |l: &str| l.replace("\\|", "").matches('|').count();
        assert!(text.lines().all(|l| unescaped(l) == 3), "{text}");
    }
}
