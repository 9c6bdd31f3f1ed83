//! Tables of a page.

use super::bar::Bar;
use super::page::{Tone, badge, escape};
use crate::domain::verdict::Verdict;

/// Percent of the series' colour behind the strongest cell: what stands on it stays readable.
const STRONGEST: f64 = 32.0;

/// Characters from which a text gets room of its own on a narrow screen.
const LONG: usize = 40;

/// One cell of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text, set to the left.
    Text(String),
    /// A number that is formatted already, set to the right.
    Number(String),
    /// A name, a digest or a path, in fixed width.
    Code(String),
    /// A badge.
    Badge(Tone, String),
    /// A number with a share from 0 to 1 that is shown by the strength of the colour behind it.
    Shaded(f64, String),
    /// An interval on the scale of its column.
    Bar(Bar),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number with four significant digits.
    pub fn number(value: f64) -> Self {
        Self::Number(super::number::figure(value))
    }

    /// The content as HTML, without a cell around it.
    pub(super) fn content(&self) -> String {
        match self {
            Self::Text(t) | Self::Number(t) | Self::Shaded(_, t) => escape(t),
            Self::Code(t) => format!("<code>{}</code>", escape(t)),
            Self::Badge(tone, t) => badge(*tone, t),
            Self::Bar(bar) => bar.render(),
        }
    }

    /// A verdict's badge.
    pub fn verdict(verdict: Verdict) -> Self {
        Self::Badge(verdict.into(), verdict.to_string())
    }

    fn render(&self, first: bool) -> String {
        let (open, close) = if first { ("th scope=\"row\"", "th") } else { ("td", "td") };
        match self {
            Self::Text(t) if t.chars().count() > LONG => {
                format!("<{open} class=\"long\">{}</{close}>", escape(t))
            }
            Self::Text(t) => format!("<{open}>{}</{close}>", escape(t)),
            Self::Number(t) => format!("<{open} class=\"number\">{}</{close}>", escape(t)),
            Self::Bar(bar) => format!("<{open} class=\"bar\">{}</{close}>", bar.render()),
            Self::Code(t) => format!("<{open}><code>{}</code></{close}>", escape(t)),
            Self::Badge(tone, t) => format!("<{open}>{}</{close}>", badge(*tone, t)),
            Self::Shaded(share, t) => {
                let strength = (share.clamp(0.0, 1.0) * STRONGEST).round();
                let style = format!("style=\"--strength:{strength}%\"");
                format!("<{open} class=\"number shaded\" {style}>{}</{close}>", escape(t))
            }
        }
    }
}

/// A table. The first cell of a row heads the row.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// Heads of the columns.
    pub headings: Vec<String>,
    /// Rows, each as long as `headings`.
    pub rows: Vec<Vec<Cell>>,
    /// Set close, for many narrow columns.
    pub compact: bool,
}

impl Table {
    /// An empty table.
    pub fn new(caption: impl Into<String>, headings: &[&str]) -> Self {
        let headings = headings.iter().map(|h| (*h).to_owned()).collect();
        Self { caption: caption.into(), headings, ..Self::default() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|r| r.get(column)).peekable();
        cells.peek().is_some() && cells.all(|c| matches!(c, Cell::Number(_) | Cell::Shaded(..)))
    }

    pub(super) fn render(&self) -> String {
        let label = escape(&self.caption);
        let class = if self.compact { " class=\"compact\"" } else { "" };
        let mut out = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table{class}>\n\
             <caption>{label}</caption>\n<thead><tr>"
        );
        for (i, heading) in self.headings.iter().enumerate() {
            let class = if self.is_numeric(i) { " class=\"number\"" } else { "" };
            out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(heading)));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            let cells = row.iter().enumerate().map(|(i, cell)| cell.render(i == 0));
            out.push_str(&format!("<tr>{}</tr>\n", cells.collect::<String>()));
        }
        out.push_str("</tbody></table></div>\n");
        out
    }
}
