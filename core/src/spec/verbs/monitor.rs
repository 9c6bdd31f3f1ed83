//! `monitor`

use crate::spec::verb::{Input, Output, Verb};

/// `monitor`
pub const VERB: Verb = Verb {
    name: "monitor",
    about: "Compare live data with the baseline of the model",
    notes: "With --endpoint, the window is everything that the endpoint logged since it was last monitored. Exit code 1: drift; 4: too little data to say.",
    step: true,
    cloud: false,
    inputs: &[
        Input::text(
            "model",
            "The model whose baseline counts [default: the configured model's champion]",
        ),
        Input::list("current", "Files, folders or patterns: Parquet, CSV, JSONL, request logs"),
        Input::text(
            "endpoint",
            "The local endpoint whose log is read [default: the only one configured]",
        ),
        Input::path("report", "Where the HTML report is written [default: .outerloop/reports/…]"),
    ],
    outputs: &[
        Output::text("status", "ok, drift or inconclusive"),
        Output::json("drifted", "The columns that drifted"),
        Output::text("report", "Path of the HTML report"),
        Output::text("rows", "Rows looked at"),
        Output::json("summary", "What was found, in plain words"),
        Output::json("performance", "Metrics with their intervals, where the data has labels"),
        Output::json(
            "signals",
            "Every number that was looked at, with its bound and what that says",
        ),
        Output::json("alerts", "The alerts that are open, and those that this window closed"),
        Output::text("event", "Id of the monitored event"),
        Output::text(
            "ticket",
            "Address of the ticket that is open while an alert is, where one was written",
        ),
        Output::json("notified", "Events whose alerts this run told the webhook of"),
        Output::text("created", "false when this window was monitored before"),
    ],
};
