//! The little XML that object stores answer with: elements without attributes that matter, text,
//! and the five named characters.

/// What stands between each `<name>` and its `</name>`, in order. Elements of one name are not
/// inside each other.
pub(in crate::adapters) fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, inner, after)) = next(rest, name) {
        found.push(inner);
        rest = after;
    }
    found
}

/// The text of the first element of this name; where it says `Encoded="true"`, decoded.
pub(in crate::adapters) fn text(xml: &str, name: &str) -> Option<String> {
    let (attributes, inner, _) = next(xml, name)?;
    let plain = unescaped(inner);
    Some(if attributes.contains("Encoded=\"true\"") { percent_decoded(&plain) } else { plain })
}

/// Attributes and content of the next element, and what stands behind it.
fn next<'a>(xml: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let open = format!("<{name}");
    let mut from = 0;
    loop {
        let at = from + xml[from..].find(&open)?;
        let behind = &xml[at + open.len()..];
        let end = behind.find('>')?;
        let attributes = &behind[..end];
        from = at + open.len();
        if !attributes.is_empty() && !attributes.starts_with([' ', '/', '\n', '\t', '\r']) {
            continue;
        }
        if attributes.ends_with('/') {
            return Some((attributes, "", &behind[end + 1..]));
        }
        let inner = &behind[end + 1..];
        let close = format!("</{name}>");
        let length = inner.find(&close)?;
        return Some((attributes, &inner[..length], &inner[length + close.len()..]));
    }
}

fn unescaped(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest))) {
            Some((character, rest)) => {
                out.push(character);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|c| u8::from_str_radix(std::str::from_utf8(c).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_their_text_are_found() {
        let xml = "<?xml version=\"1.0\"?><R><KeyCount>2</KeyCount><C><Key>a &amp; b&#x2f;c.csv</Key>\
                   <Size>3</Size></C><C><Key Encoded=\"true\">d%20e</Key><Size/></C></R>";
        let all = elements(xml, "C");
        assert_eq!(all.len(), 2);
        assert_eq!(text(all[0], "Key").as_deref(), Some("a & b/c.csv"));
        assert_eq!(text(all[1], "Key").as_deref(), Some("d e"));
        assert_eq!(text(all[1], "Size").as_deref(), Some(""));
        assert_eq!(text(xml, "None"), None);
    }

    #[test]
    fn broken_text_ends_nowhere_bad() {
        for xml in ["<C>", "<C", "<C></D>", "&", "<C>&;&#;&#xzz;</C>", "<C>%", ""] {
            let _ = (elements(xml, "C"), text(xml, "C"));
        }
        assert_eq!(text("<C>&;&#x110000;&x</C>", "C").as_deref(), Some("&;&#x110000;&x"));
        assert_eq!(percent_decoded("%é%4"), "%é%4");
    }
}
