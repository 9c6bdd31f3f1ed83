//! `init`

use crate::spec::verb::{Input, Output, Verb};

/// `init`
pub const VERB: Verb = Verb {
    name: "init",
    about: "Write a commented outerloop.yaml, and the workflows of a CI system",
    notes: "What is there already is never overwritten.",
    step: false,
    cloud: false,
    inputs: &[
        Input::text("name", "Name of the model [default: the folder's name]"),
        Input::choice(
            "host",
            &["github", "azure-pipelines"],
            "Also write the workflows for this CI system",
        ),
    ],
    outputs: &[
        Output::json("files", "The files written"),
        Output::json("kept", "The files that were there and were left alone"),
        Output::json("next", "What is still to be done by hand"),
    ],
};
