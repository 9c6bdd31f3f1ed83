//! `announce`

use crate::spec::verb::{Input, Output, Verb};

/// `announce`
pub const VERB: Verb = Verb {
    name: "announce",
    about: "Post the comment of a validation in its pull request, for a run that could not",
    notes: "A pull request from a fork runs with a token that may only read. Its run keeps the file that the output `comment` of `validate` names; another workflow, which runs on the base branch, posts it with this verb. The file is not trusted: only facts are read from it.",
    step: true,
    cloud: true,
    inputs: &[
        Input::path("comment", "The file that the output `comment` of validate names").required(),
        Input::number("pull-request", "Number of the pull request").required(),
    ],
    outputs: &[
        Output::text("model", "The model"),
        Output::text("verdict", "The verdict that the file claims"),
        Output::text("pull-request", "Number of the pull request"),
        Output::text("url", "Address of the comment"),
        Output::text("changed", "false when the same comment was there already"),
    ],
};
