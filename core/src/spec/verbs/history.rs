//! `history`

use crate::spec::verb::{Input, Output, Verb};

/// `history`
pub const VERB: Verb = Verb {
    name: "history",
    about: "Show, and verify, everything that happened to a model",
    notes: "",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("model", "The model [default: model]").positional(),
        Input::flag(
            "verify",
            "Check the chain of events against the state (exit code 3 when it does not hold)",
        ),
    ],
    outputs: &[
        Output::json("events", "The events, oldest first"),
        Output::text("verified", "Whether the chain and the state hold (with verify)"),
        Output::json("problems", "What does not hold (with verify)"),
    ],
};
