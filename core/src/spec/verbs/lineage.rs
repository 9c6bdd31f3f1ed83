//! `lineage`

use crate::spec::verb::{Input, Output, Verb};

/// `lineage`
pub const VERB: Verb = Verb {
    name: "lineage",
    about: "Show what led to a version and what came of it",
    notes: "",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("ref", "The version [default: the configured model's champion]").positional(),
        Input::flag("mermaid", "Print a Mermaid flowchart, for Markdown"),
    ],
    outputs: &[
        Output::json("nodes", "Events and versions"),
        Output::json("edges", "What led to what"),
    ],
};
