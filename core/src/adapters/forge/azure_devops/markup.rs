//! Text for Azure DevOps: lines that are short enough, and HTML for work items, whose fields hold
//! no Markdown on all servers.

/// `text`, cut to `most` characters where it is longer.
pub(super) fn shortened(text: &str, most: usize) -> String {
    // The server counts UTF-16 units.
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let enough = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        enough
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// HTML of Markdown, as far as this program writes it: headings, lists, emphasis, code, links and
/// HTML's own entities. Everything else stays as it is read, and no tag comes from the text but
/// `<code>`.
pub(super) fn html(markdown: &str) -> String {
    let lines: Vec<String> = markdown.trim().lines().map(line).collect();
    lines.join("<br>\n")
}

fn line(text: &str) -> String {
    let trimmed = text.trim_start();
    let heading = trimmed.trim_start_matches('#');
    if heading.len() < trimmed.len() && heading.starts_with(' ') {
        return format!("<b>{}</b>", inline(heading.trim()));
    }
    match trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
        Some(item) => format!("• {}", inline(item)),
        None => inline(trimmed),
    }
}

fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut bold = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if let Some((link, length)) = link(rest) {
            out.push_str(&link);
            length
        } else if let Some((kept, length)) = kept(rest) {
            out.push_str(kept);
            length
        } else if rest.starts_with("**") && (bold || rest[2..].contains("**")) {
            out.push_str(if bold { "</b>" } else { "<b>" });
            bold = !bold;
            2
        } else if first == '\\' && rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) {
            push(&mut out, char::from(rest.as_bytes()[1]));
            2
        } else {
            push(&mut out, first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    out
}

/// A tag or entity that may stay, and its length.
fn kept(text: &str) -> Option<(&str, usize)> {
    if let Some(tag) = ["<code>", "</code>"].iter().find(|tag| text.starts_with(**tag)) {
        return Some((tag, tag.len()));
    }
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(8).position(|b| b == b';')?;
    let name = &body[..end];
    let number = name
        .strip_prefix('#')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let known = number || matches!(name, "amp" | "lt" | "gt" | "quot");
    known.then(|| (&text[..end + 2], end + 2))
}

/// `[text](http…)`, as HTML, and its length.
fn link(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix('[')?;
    let close = inside.find("](")?;
    let (shown, after) = (&inside[..close], &inside[close + 2..]);
    if shown.contains(['[', ']']) {
        return None;
    }
    let end = after.find(')')?;
    let address = &after[..end];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@=+,;%$!&".contains(&b);
    let usable = (address.starts_with("https://") || address.starts_with("http://"))
        && address.bytes().all(plain);
    let length = 1 + close + 2 + end + 1;
    usable.then(|| {
        let address = address.replace('&', "&amp;");
        (format!("<a href=\"{address}\">{}</a>", inline(shown)), length)
    })
}

fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        other => out.push(other),
    }
}

/// Whether two plain texts read the same. Servers trim lines and ends.
pub(super) fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Whether two HTML texts read the same. Servers keep the words and rewrite the tags.
pub(super) fn same_text(one: &str, other: &str) -> bool {
    words(one) == words(other)
}

fn words(html: &str) -> Vec<String> {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match (in_tag, c) {
            (false, '<') => {
                in_tag = true;
                text.push(' ');
            }
            (true, '>') => in_tag = false,
            (false, c) => text.push(c),
            (true, _) => {}
        }
    }
    let decoded = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#42;", "*"),
        ("&#91;", "["),
        ("&#92;", "\\"),
        ("&#95;", "_"),
        ("&#96;", "`"),
        ("&#36;", "$"),
        ("&#124;", "|"),
        ("&#126;", "~"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, plain)| text.replace(entity, plain));
    decoded.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_this_program_writes_reads_well() {
        let markdown = "## Retraining\n\n- **drift** in <code>hours&#95;a&lt;b</code>\n\
                        - a\\_b \\# c\n[run](https://acme.example/?a=1&b=2)";
        assert_eq!(
            html(markdown),
            "<b>Retraining</b><br>\n<br>\n• <b>drift</b> in <code>hours&#95;a&lt;b</code><br>\n\
             • a_b # c<br>\n<a href=\"https://acme.example/?a=1&amp;b=2\">run</a>"
        );
    }

    #[test]
    fn nothing_from_outside_becomes_a_tag() {
        assert_eq!(html("<img src=x>"), "&lt;img src=x&gt;");
        assert_eq!(html("[x](javascript:alert)"), "[x](javascript:alert)");
        assert_eq!(html("[x](https://a\"onclick=b)"), "[x](https://a&quot;onclick=b)");
        assert_eq!(html("&bogus;&#x27;"), "&amp;bogus;&amp;#x27;");
        assert_eq!(html("**a"), "**a");
    }

    #[test]
    fn a_server_that_rewrites_tags_says_the_same() {
        let sent = html("a & b\n- c");
        assert!(same_text("<div>a &amp; b<br /></div><div>•&nbsp;c</div>", &sent));
        assert!(!same_text("<div>a &amp; b</div>", &sent));
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
        assert_eq!(shortened("a😀b", 3), "a…");
    }

    proptest! {
        #[test]
        fn only_known_tags_and_whole_entities_come_out(text in ".{0,200}") {
            let mut bare = html(&text);
            for tag in ["<br>", "<b>", "</b>", "<code>", "</code>", "</a>"] {
                bare = bare.replace(tag, "");
            }
            while let Some(start) = bare.find("<a href=\"http") {
                let end = start + bare[start + 9..].find("\">").expect("an end") + 11;
                bare.replace_range(start..end, "");
            }
            prop_assert!(!bare.contains(['<', '>', '"']), "{bare}");
        }

        #[test]
        fn what_is_shortened_fits(text in ".{0,80}", most in 1usize..60) {
            prop_assert!(shortened(&text, most).encode_utf16().count() <= most);
        }
    }
}
