//! `promote`

use crate::spec::verb::{Input, Output, Verb};

/// `promote`
pub const VERB: Verb = Verb {
    name: "promote",
    about: "Move an alias, such as champion, to a version",
    notes: "Exit code 1 when the alias no longer points where it was expected to: somebody else was first, and nothing was changed.",
    step: true,
    cloud: false,
    inputs: &[
        Input::text("ref", "The version: name@version, name@alias or name@sha256:…").positional(),
        Input::text("to", "The alias to move"),
        Input::text(
            "expect",
            "Only if the alias points here now; `none`: only if it points nowhere",
        ),
    ],
    outputs: &[
        Output::text("alias", "The alias"),
        Output::text("ref", "Where it points now: model@version"),
        Output::text("previous", "Where it pointed before"),
    ],
};
