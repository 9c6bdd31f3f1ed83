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

    /// The cell as HTML: one that heads `head`, a row or a group of them, or one of a row.
    fn render(&self, head: Option<&str>) -> String {
        let open = head.map_or("td".to_owned(), |head| format!("th scope=\"{head}\""));
        let close = if head.is_some() { "th" } else { "td" };
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

/// A row of a [`Table`].
#[derive(Debug, Clone)]
pub(super) struct Row {
    cells: Vec<Cell>,
    /// Text on a line of its own beneath the cells; none where it is empty.
    note: String,
}

impl Row {
    /// A group of rows that the first cell heads, where there is a note, else one row.
    fn render(&self) -> String {
        let noted = !self.note.is_empty();
        let head = if noted { "rowgroup" } else { "row" };
        let class = if noted { " class=\"noted\"" } else { "" };
        let cells =
            self.cells.iter().enumerate().map(|(i, cell)| cell.render((i == 0).then_some(head)));
        let mut out = format!("<tr{class}>{}</tr>\n", cells.collect::<String>());
        if noted {
            let (across, note) = (self.cells.len(), escape(&self.note));
            out.push_str(&format!(
                "<tr class=\"note\"><td colspan=\"{across}\"><div>{note}</div></td></tr>\n"
            ));
        }
        out
    }
}

/// A table. The first cell of a row heads the row.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// Heads of the columns.
    pub headings: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Set close, for many narrow columns.
    pub compact: bool,
}

impl Table {
    /// An empty table.
    pub fn new(caption: impl Into<String>, headings: &[&str]) -> Self {
        let headings = headings.iter().map(|h| (*h).to_owned()).collect();
        Self { caption: caption.into(), headings, ..Self::default() }
    }

    /// Adds a row, as long as the headings.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.noted(cells, "");
    }

    /// Adds a row with a text beneath it, on a line across all columns: a sentence in a column of its
    /// own would be narrow and tall on a phone. An empty one takes no line.
    pub fn noted(&mut self, cells: Vec<Cell>, note: &str) {
        self.rows.push(Row { cells, note: note.to_owned() });
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|r| r.cells.get(column)).peekable();
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
        let noted = self.rows.iter().any(|row| !row.note.is_empty());
        let between = if noted { "</tbody>\n<tbody>\n" } else { "" };
        let rows: Vec<String> = self.rows.iter().map(Row::render).collect();
        out.push_str(&rows.join(between));
        out.push_str("</tbody></table></div>\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_beneath_its_row_and_belongs_to_its_group() {
        let mut table = Table::new("columns", &["name", "psi"]);
        table.noted(vec![Cell::Code("age".into()), Cell::number(0.5)], "psi <b>is</b> high");
        table.noted(vec![Cell::Code("sex".into()), Cell::number(0.0)], "");
        let html = table.render();
        assert!(html.contains("<td colspan=\"2\"><div>psi &lt;b&gt;is&lt;/b&gt; high</div></td>"));
        assert!(html.contains("<th scope=\"rowgroup\"><code>age</code></th>"));
        assert!(html.contains("<th scope=\"row\"><code>sex</code></th>"));
        assert_eq!((html.matches("<tbody>").count(), html.matches("<tr").count()), (2, 4));
        assert!(html.contains("<th scope=\"col\" class=\"number\">psi</th>"));
        let mut plain = Table::new("columns", &["name"]);
        plain.row(vec![Cell::text("a")]);
        plain.row(vec![Cell::text("b")]);
        assert_eq!(plain.render().matches("<tbody>").count(), 1);
    }
}
