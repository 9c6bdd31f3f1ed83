//! A self-contained HTML page: no network, no script, light and dark, readable by keyboard and
//! screen reader. Every text given to it is escaped here.

use super::markdown::is_deceptive;
use super::section::Section;
use crate::domain::verdict::Verdict;

const STYLE: &str = include_str!("page.css");

/// `text` for HTML content and double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            _ if is_deceptive(c) => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// How something is to be taken. Shown by colour and by a sign, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Notice,
    /// Not as it should be.
    Bad,
    /// Not known.
    Unknown,
}

impl Tone {
    /// The CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Notice => "notice",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Notice => "!",
            Self::Bad => "✗",
            Self::Unknown => "?",
        }
    }
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Good,
            Verdict::Warn => Self::Notice,
            Verdict::Inconclusive => Self::Unknown,
            Verdict::Fail | Verdict::Error => Self::Bad,
        }
    }
}

/// A badge with `text` as HTML.
pub fn badge(tone: Tone, text: &str) -> String {
    let (class, sign) = (tone.class(), tone.sign());
    format!(
        "<span class=\"badge {class}\"><span aria-hidden=\"true\">{sign}</span> {}</span>",
        escape(text)
    )
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    title: String,
    badge: Option<String>,
    lead: Vec<String>,
    sections: Vec<Section>,
    footer: Option<String>,
}

impl Page {
    /// An empty page.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            badge: None,
            lead: Vec::new(),
            sections: Vec::new(),
            footer: None,
        }
    }

    /// Puts the answer beside the title.
    #[must_use]
    pub fn answer(mut self, tone: Tone, text: &str) -> Self {
        self.badge = Some(badge(tone, text));
        self
    }

    /// Adds a sentence below the title.
    #[must_use]
    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead.push(text.into());
        self
    }

    /// Adds a section; an empty one is left out.
    #[must_use]
    pub fn section(mut self, section: Section) -> Self {
        if !section.is_empty() {
            self.sections.push(section);
        }
        self
    }

    /// Sets the last line.
    #[must_use]
    pub fn footer(mut self, text: impl Into<String>) -> Self {
        self.footer = Some(text.into());
        self
    }

    /// The page as one HTML document.
    pub fn render(&self) -> String {
        let title = escape(&self.title);
        let badge = self.badge.as_deref().unwrap_or_default();
        let lead: String =
            self.lead.iter().map(|l| format!("<p class=\"lead\">{}</p>\n", escape(l))).collect();
        let sections: String = self.sections.iter().map(Section::render).collect();
        let footer = self.footer.as_deref().map(escape).unwrap_or_default();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header>\n<h1>{title}</h1>\n{badge}\n</header>\n{lead}{sections}</main>\n\
             <footer>{footer}</footer>\n</body>\n</html>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::{Cell, Table};

    #[test]
    fn text_from_outside_stays_text() {
        let evil = "</style><script>alert(1)</script>\" onload='x'";
        let mut table = Table::new(evil, &[evil]);
        table.row(vec![Cell::text(evil)]);
        table.row(vec![Cell::Code(evil.into())]);
        let section = Section::new(evil).paragraph(evil).table(&table).list(&[evil.to_owned()]);
        let html = Page::new(evil).answer(Tone::Bad, evil).lead(evil).section(section).render();
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("\" onload"), "{html}");
        assert_eq!(html.matches("</style>").count(), 1);
    }

    #[test]
    fn a_page_needs_no_network_and_can_be_read_aloud() {
        let mut table = Table::new("gates", &["gate", "value"]);
        table.row(vec![Cell::verdict(Verdict::Fail), Cell::number(0.5)]);
        let page = Page::new("acme").section(Section::new("Gates").table(&table));
        let html = page.section(Section::new("Nothing")).render();
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("url("));
        assert!(html.contains("<caption>gates</caption>"));
        assert!(html.contains("<th scope=\"col\" class=\"number\">value</th>"));
        assert!(html.contains("lang=\"en\""));
        assert!(!html.contains("Nothing"), "an empty section is left out");
    }
}
