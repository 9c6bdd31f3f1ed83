//! `rollback`

use crate::spec::verb::{Input, Output, Verb};

/// `rollback`
pub const VERB: Verb = Verb {
    name: "rollback",
    about: "Take an endpoint back to its last good version",
    notes: "",
    step: true,
    cloud: true,
    inputs: &[Input::text("endpoint", "The endpoint [default: the only one configured]")],
    outputs: &[
        Output::text("endpoint", "The endpoint"),
        Output::text("url", "Its address"),
        Output::text("state", "finished, rolled-back or paused"),
        Output::text("live", "The version that serves"),
        Output::text("rollout", "Id of the rollout"),
        Output::text("reason", "Why it ended so"),
        Output::json("steps", "What was found in each step"),
    ],
};
