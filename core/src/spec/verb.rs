//! What a verb takes and gives.

use serde::Serialize;

/// A verb.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verb {
    /// The word.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// What else to know.
    pub notes: &'static str,
    /// Whether it is a step of a workflow, with an action and a task of its own.
    pub step: bool,
    /// Whether what it starts may need a login to a cloud.
    pub cloud: bool,
    /// What it takes, in the order in which people think of it.
    pub inputs: &'static [Input],
    /// What it gives: the keys of `--json`.
    pub outputs: &'static [Output],
}

/// Something that a verb takes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Kebab-case: the flag without its dashes; for a positional argument its word in lower case.
    pub name: &'static str,
    /// What may be written.
    pub kind: Kind,
    /// The verb cannot do without it.
    pub required: bool,
    /// It stands on the command line without a flag.
    pub positional: bool,
    /// It must never be shown.
    pub secret: bool,
    /// For people, in one line; ends with the default in brackets where there is one.
    pub help: &'static str,
}

/// What may be written as an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any text.
    Text,
    /// A file or folder.
    Path,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// Several values, one a line.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// Something that a verb gives to later steps.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Kebab-case: the key in `--json`.
    pub name: &'static str,
    /// For people, in one line.
    pub help: &'static str,
    /// A list or an object; steps get it as JSON on one line.
    pub json: bool,
}

impl Verb {
    /// The input with this name, one of the verb's own or one that every step has.
    pub fn input(&self, name: &str) -> Option<&'static Input> {
        self.inputs.iter().chain(super::common::INPUTS).find(|input| input.name == name)
    }
}

impl Input {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, required: false, positional: false, secret: false, help }
    }

    /// A text.
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Text, help)
    }

    /// A path.
    pub const fn path(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Path, help)
    }

    /// `true` or `false`.
    pub const fn flag(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Flag, help)
    }

    /// A number.
    pub const fn number(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Number, help)
    }

    /// Several values.
    pub const fn list(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::List, help)
    }

    /// One of some words.
    pub const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(name, Kind::Choice(words), help)
    }

    /// The verb cannot do without it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It stands on the command line without a flag.
    pub const fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    /// It must never be shown.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

impl Output {
    /// A text, a number, or `true` or `false`.
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self { name, help, json: false }
    }

    /// A list or an object.
    pub const fn json(name: &'static str, help: &'static str) -> Self {
        Self { name, help, json: true }
    }
}
