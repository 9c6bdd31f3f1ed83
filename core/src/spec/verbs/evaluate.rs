//! `evaluate`

use crate::spec::verb::{Input, Output, Verb};

/// `evaluate`
pub const VERB: Verb = Verb {
    name: "evaluate",
    about: "Every metric of a predictions file, with intervals, without a registry",
    notes: "Needs no registry and no configuration; where there is a configuration, its `predictions:` says what the columns mean.\n\nExample:\n  outerloop evaluate predictions.csv --label y --score new --champion old",
    step: true,
    cloud: false,
    inputs: &[
        Input::path("predictions", "Scores on held-out rows: Parquet, CSV or JSONL")
            .required()
            .positional(),
        Input::text("label", "Column of the true answer [default: predictions.label, else label]"),
        Input::text("score", "Column of the score [default: predictions.score, else score]"),
        Input::text("champion", "Column of the champion's score, for a paired comparison"),
        Input::text("positive", "The label that counts as positive"),
        Input::text(
            "task",
            "What is predicted: binary or regression [default: predictions.task, else binary]",
        ),
        Input::number("threshold", "Score from which a row counts as positive [default: 0.5]"),
        Input::number("resamples", "Resamples of the bootstrap"),
    ],
    outputs: &[
        Output::json("metrics", "Each metric's value"),
        Output::json("intervals", "Each metric's interval"),
        Output::json("difference", "Each metric's difference to the champion, with its interval"),
        Output::json("undefined", "Metrics without a value, and why"),
        Output::text("rows", "Rows looked at"),
    ],
};
