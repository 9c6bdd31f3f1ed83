//! `retrain`

use crate::spec::verb::{Input, Output, Verb};

/// `retrain`
pub const VERB: Verb = Verb {
    name: "retrain",
    about: "Decide by policy whether to train again, and start the training",
    notes: "The policy is `retrain:` in outerloop.yaml. The decision is recorded with its evidence; the same evidence triggers once.\n\nWith --wait, exit code 1 when the training failed, 3 when it takes longer than `retrain.timeout`.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text(
            "model",
            "The model that may be replaced [default: the configured model's champion]",
        ),
        Input::flag("dry-run", "Explain the decision, and do nothing"),
        Input::flag("again", "Start the training again of a request that led to no version"),
        Input::flag("wait", "Wait until the training that was started has ended"),
    ],
    outputs: &[
        Output::text("triggered", "true when a training was started"),
        Output::text("due", "true when a training is due"),
        Output::json("reasons", "The conditions that are met"),
        Output::text("event", "Id of the retrain-requested event"),
        Output::text("run", "Address or name of the training's run"),
        Output::text("run-id", "Id of that run on the server"),
        Output::text("conclusion", "With `wait`: how the training ended, in the server's word"),
        Output::text("ticket", "Address of the issue or work item"),
        Output::json("explanation", "Each condition and guard in plain words"),
    ],
};
