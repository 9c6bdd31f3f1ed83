//! How files of text are written, where they do not say it themselves.

use std::fmt;
use std::str::FromStr;

use crate::domain::error::{Error, Result};

/// How files of text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextFormat {
    /// What their bytes mean; none: UTF-8, or what a mark at the beginning says.
    pub encoding: Option<Encoding>,
    /// Whether the first line of CSV names the columns.
    pub header: Header,
}

/// What the bytes of a text mean, by a label of the WHATWG's Encoding Standard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// What decodes it.
    pub fn decoder(self) -> &'static encoding_rs::Encoding {
        self.0
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(label: &str) -> Result<Self> {
        let known = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
        known.map(Self).ok_or_else(|| {
            Error::usage(format!("`{}` is no encoding that is known", label.escape_debug())).hint(
                "write a label of the WHATWG's Encoding Standard, such as utf-8, windows-1252, latin1, iso-8859-2, koi8-r, shift_jis or gbk",
            )
        })
    }
}

/// Whether the first line of CSV names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header {
    /// Unless it holds values: numbers above numbers.
    #[default]
    Auto,
    /// It does, whatever it holds.
    Yes,
    /// It is a row.
    No,
}

impl Header {
    /// The words for it.
    pub const WORDS: [&str; 3] = ["auto", "yes", "no"];
}

impl FromStr for Header {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            other => Err(Error::usage(format!("`{}` is no answer", other.escape_debug()))
                .hint("say whether the first line names the columns: yes, no or auto")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_standard() {
        let name = |label: &str| label.parse::<Encoding>().map(|e| e.decoder().name());
        assert_eq!(name("latin1").unwrap(), "windows-1252");
        assert_eq!(name(" Shift-JIS ").unwrap(), "Shift_JIS");
        assert!(name("cp437").unwrap_err().hint_text().unwrap().contains("windows-1252"));
        assert!(name("iso-2022-kr").is_err(), "decodes to nothing but replacements");
    }
}
