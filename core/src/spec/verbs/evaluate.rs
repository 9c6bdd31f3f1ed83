//! `evaluate`

use super::text::{ENCODING, HEADER};
use crate::spec::verb::{Input, Output, Verb};

/// `evaluate`
pub const VERB: Verb = Verb {
    name: "evaluate",
    about: "Every metric of a predictions file or a model, with intervals, without a registry",
    notes: "Needs no registry and no configuration. What the columns mean is said by options, else by `predictions:` of a configuration, else guessed from their names and values; what was guessed is told, and what is not clear is refused.\n\nExample:\n  outerloop evaluate predictions.csv\n  outerloop evaluate predictions.csv --label y --score new --champion old\n  outerloop evaluate test.parquet --model build/model.onnx --label y\n  outerloop evaluate test.parquet --endpoint https://acme.example/v2/models/acme/infer",
    step: true,
    cloud: false,
    inputs: &[
        Input::path(
            "predictions",
            "Scores on held-out rows: Parquet, Arrow IPC, CSV or JSONL; with a model or an endpoint, the rows to score",
        )
        .required()
        .positional(),
        Input::path(
            "champion-predictions",
            "The champion's scores in a file of their own, joined by the id",
        ),
        Input::path("model", "A package or an ONNX file that scores the rows"),
        Input::path("champion-model", "The same of the champion, for a paired comparison"),
        Input::text(
            "endpoint",
            "Address of a served model that scores the rows; OUTERLOOP_ENDPOINT_TOKEN is its token",
        ),
        Input::text("champion-endpoint", "The same of the champion"),
        Input::choice(
            "protocol",
            &["open-inference", "mlflow", "azure-ml"],
            "How the endpoint is spoken to [default: its path tells]",
        ),
        Input::list(
            "features",
            "Columns in order, for a model that takes a matrix [default: predictions.features, else all that mean nothing else]",
        ),
        Input::text(
            "output",
            "The model's output that is the score [default: predictions.output, else what suits the task]",
        ),
        Input::text(
            "timeout",
            "Longest time for one request to the model [default: predictions.timeout, else 60s]",
        ),
        Input::text(
            "label",
            "Column of the true answer [default: predictions.label, else guessed]",
        ),
        Input::text("score", "Column of the score [default: predictions.score, else guessed]"),
        Input::text(
            "champion",
            "Column of the champion's score, for a paired comparison [default: guessed]",
        ),
        Input::text("positive", "The label that counts as positive"),
        Input::text(
            "task",
            "What is predicted: binary, multiclass or regression [default: predictions.task, else guessed]",
        ),
        Input::number("threshold", "Score from which a row counts as positive [default: 0.5]"),
        Input::list(
            "probabilities",
            "Columns with the probability of each class, or a pattern such as p_*",
        ),
        Input::list("champion-probabilities", "The same columns of the champion"),
        Input::text("weight", "Column that says how much each row counts [default: guessed]"),
        Input::text("cluster", "Column with groups of rows that are resampled as a whole"),
        Input::text("id", "Column that identifies each row, to join two files [default: guessed]"),
        Input::list("drop", "Rows to leave out and count: unlabelled, unmatched"),
        ENCODING,
        HEADER,
        Input::list(
            "measure",
            "Metrics to measure, by the names in docs/metrics.md [default: what a report shows]",
        ),
        Input::number("resamples", "Resamples of the bootstrap"),
        Input::path("report", "Where an HTML report is written [default: none is]"),
    ],
    outputs: &[
        Output::json("metrics", "Each metric's value"),
        Output::json("intervals", "Each metric's interval"),
        Output::json("difference", "Each metric's difference to the champion, with its interval"),
        Output::json("undefined", "Metrics without a value, and why"),
        Output::json(
            "thresholds",
            "In a binary task the threshold that is best for f1, balanced accuracy and mcc on these very rows, and what it gives on them",
        ),
        Output::text("rows", "Rows looked at"),
        Output::json("dropped", "Rows left out, and why"),
        Output::text("task", "binary, multiclass or regression"),
        Output::json("guessed", "What was guessed, why, and the option that says otherwise"),
        Output::text("report", "With --report: path of the HTML report"),
    ],
};
