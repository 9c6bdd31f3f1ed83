//! Sections of a page.

use super::page::escape;
use super::svg::Svg;
use super::table::{Cell, Table};

/// A section of a page: a heading, and what stands below it in order.
#[derive(Debug, Clone)]
pub struct Section {
    heading: String,
    body: String,
    beside: bool,
}

impl Section {
    /// An empty section.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), body: String::new(), beside: false }
    }

    /// Adds a paragraph of plain text.
    #[must_use]
    pub fn paragraph(mut self, text: &str) -> Self {
        self.side_by_side(false);
        self.body.push_str(&format!("<p>{}</p>\n", escape(text)));
        self
    }

    /// Adds a list of plain texts; nothing when there are none.
    #[must_use]
    pub fn list(mut self, items: &[String]) -> Self {
        if !items.is_empty() {
            self.side_by_side(false);
            let items = items.iter().map(|i| format!("<li>{}</li>", escape(i)));
            self.body.push_str(&format!("<ul>{}</ul>\n", items.collect::<String>()));
        }
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: &Table) -> Self {
        self.side_by_side(false);
        self.body.push_str(&table.render());
        self
    }

    /// Adds a plot with a caption of plain text. Plots and [`Self::table_beside`] that follow each
    /// other stand side by side where there is room.
    #[must_use]
    pub fn figure(mut self, plot: &Svg, caption: &str) -> Self {
        self.side_by_side(true);
        let caption = escape(caption);
        self.body.push_str(&format!(
            "<figure>{}<figcaption>{caption}</figcaption></figure>\n",
            plot.as_str()
        ));
        self
    }

    /// Adds a table that stands beside plots and other such tables where there is room.
    #[must_use]
    pub fn table_beside(mut self, table: &Table) -> Self {
        self.side_by_side(true);
        self.body.push_str(&format!("<div>{}</div>\n", table.render()));
        self
    }

    /// Adds a table that is folded away below a line of plain text.
    #[must_use]
    pub fn folded(mut self, line: &str, table: &Table) -> Self {
        self.side_by_side(false);
        let (line, table) = (escape(line), table.render());
        self.body.push_str(&format!("<details><summary>{line}</summary>\n{table}</details>\n"));
        self
    }

    fn side_by_side(&mut self, beside: bool) {
        if beside != self.beside {
            self.body.push_str(if beside { "<div class=\"beside\">\n" } else { "</div>\n" });
            self.beside = beside;
        }
    }

    /// The section as HTML.
    pub(super) fn render(&self) -> String {
        let close = if self.beside { "</div>\n" } else { "" };
        format!("<section>\n<h2>{}</h2>\n{}{close}</section>\n", escape(&self.heading), self.body)
    }

    /// Adds names and values, one below the other.
    #[must_use]
    pub fn facts(mut self, facts: &[(&str, Cell)]) -> Self {
        self.side_by_side(false);
        self.body.push_str("<dl>");
        for (name, value) in facts {
            let (name, value) = (escape(name), value.content());
            self.body.push_str(&format!("<dt>{name}</dt><dd>{value}</dd>"));
        }
        self.body.push_str("</dl>\n");
        self
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }
}
