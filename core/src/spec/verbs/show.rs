//! `show`

use crate::spec::verb::{Input, Output, Verb};

/// `show`
pub const VERB: Verb = Verb {
    name: "show",
    about: "Show models, versions and aliases",
    notes: "",
    step: true,
    cloud: true,
    inputs: &[Input::text("model", "Only this model, with its versions").positional()],
    outputs: &[Output::json("models", "The models")],
};
