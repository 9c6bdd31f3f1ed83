//! What a profile is made of: a table, or the rows of a query.

use super::quote;
use crate::domain::error::{Error, Result};

/// A table or a query, as it stands after `FROM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation(String);

impl Relation {
    /// A table by its name, each part on its own: `catalog.schema.table`. A part between backticks
    /// may hold anything, such as a path.
    ///
    /// # Errors
    /// No name, an empty part, a backtick without its end.
    pub fn table(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Error::usage(format!("`{}` is no name of a table: {what}", text.escape_debug()))
                .hint("write it as the engine does, such as catalog.schema.table; odd parts go between backticks")
        };
        let mut parts = vec![String::new()];
        let mut letters = text.trim().chars().peekable();
        let mut quoted = false;
        while let Some(letter) = letters.next() {
            let last = parts.len() - 1;
            match letter {
                '`' if quoted && letters.peek() == Some(&'`') => {
                    letters.next();
                    parts[last].push('`');
                }
                '`' => quoted = !quoted,
                '.' if !quoted => parts.push(String::new()),
                other if other.is_control() => return Err(wrong("it has a control character")),
                other => parts[last].push(other),
            }
        }
        if quoted {
            return Err(wrong("a backtick has no end"));
        }
        if parts.iter().any(String::is_empty) {
            return Err(wrong("a part of it is empty"));
        }
        Ok(Self(parts.iter().map(|part| quote::name(part)).collect::<Vec<_>>().join(".")))
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// No text, or several statements by the look of it.
    pub fn query(text: &str) -> Result<Self> {
        let text = text.trim().trim_end_matches(';').trim_end();
        if text.is_empty() {
            return Err(Error::usage("the query is empty").hint("write a SELECT"));
        }
        // A comment on its last line must not swallow what follows.
        Ok(Self(format!("(\n{text}\n) AS data")))
    }

    /// As it stands after `FROM`.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The query whose answer has the columns and no rows.
    pub fn columns(&self) -> String {
        format!("SELECT * FROM {} LIMIT 0", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_name_is_quoted() {
        let table = |text| Relation::table(text).map(|t| t.text().to_owned()).ok();
        assert_eq!(table("a.b c.d").as_deref(), Some("`a`.`b c`.`d`"));
        assert_eq!(table("parquet.`/x/a.b`").as_deref(), Some("`parquet`.`/x/a.b`"));
        assert_eq!(table("`a``b`").as_deref(), Some("`a``b`"));
        for wrong in ["", "a..b", "`a", "a\nb"] {
            assert_eq!(table(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_query_is_taken_as_it_is() {
        let query = Relation::query(" SELECT 1 -- one\n;").expect("a query");
        assert_eq!(query.columns(), "SELECT * FROM (\nSELECT 1 -- one\n) AS data LIMIT 0");
        assert!(Relation::query(" ; ").is_err());
    }
}
