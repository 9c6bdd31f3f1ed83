//! `deploy`

use crate::spec::verb::{Input, Output, Verb};

/// `deploy`
pub const VERB: Verb = Verb {
    name: "deploy",
    about: "Roll a version out to an endpoint, step by step",
    notes: "A rollout proves that the candidate answers, copies live requests to it, then gives it a growing share of them. A failure takes the traffic back at once (exit code 1); too little evidence pauses (exit code 4): run it again with --resume.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("ref", "What to roll out: name@version, name@alias or name@sha256:…")
            .positional(),
        Input::text("endpoint", "The endpoint [default: the only one configured]"),
        Input::flag("resume", "Carry on with a rollout that was interrupted or paused"),
    ],
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
