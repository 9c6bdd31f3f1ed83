//! `restore`

use crate::spec::verb::{Input, Output, Verb};

/// `restore`
pub const VERB: Verb = Verb {
    name: "restore",
    about: "Take an archived version out again",
    notes: "An archived version is kept, and is never chosen as the latest. A version that an alias points at cannot be archived.",
    step: true,
    cloud: true,
    inputs: &[Input::text("ref", "The version: name@version or name@sha256:…")
        .required()
        .positional()],
    outputs: &[
        Output::text("ref", "The version"),
        Output::text("archived", "Whether it is put away now"),
    ],
};
