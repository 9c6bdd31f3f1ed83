//! `monitor`

use super::text::{ENCODING, HEADER};
use crate::spec::verb::{Input, Output, Verb};

/// `monitor`
pub const VERB: Verb = Verb {
    name: "monitor",
    about: "Compare live data with the baseline of the model",
    notes: "With --endpoint, the window is everything that the endpoint logged since it was last monitored. Exit code 1: drift; 4: too little data to say, or none.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text(
            "model",
            "The model whose baseline counts [default: the configured model's champion]",
        ),
        Input::list(
            "current",
            "Files, folders or patterns: Parquet, CSV, JSONL, request logs, or profiles of parts",
        ),
        Input::text(
            "endpoint",
            "The local endpoint whose log is read [default: the only one configured]",
        ),
        Input::text(
            "since",
            "Rows of --current before this are left out: last-run, 7d, 2026-11-01 [default: none]",
        ),
        Input::text(
            "until",
            "Rows of --current from this on are left out: 1d, 2026-11-08 [default: none]",
        ),
        Input::list(
            "baseline",
            "Rows that --current is compared with by `monitor.preset` [default: the package's profile]",
        ),
        Input::list("labels", "Files with labels that came later, joined by `monitor.id`"),
        ENCODING,
        HEADER,
        Input::path("report", "Where the HTML report is written [default: .outerloop/reports/…]"),
        Input::path(
            "prometheus",
            "Where the newest signals are written in the text format of Prometheus [default: nowhere]",
        ),
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
        Output::json("chunks", "The parts of the window, where `monitor.chunk` asks for them"),
        Output::json("span", "Which rows were looked at, where `monitor.time` names their times"),
        Output::json("labels", "How labels that came later were joined"),
        Output::text(
            "ticket",
            "Address of the ticket that is open while an alert is, where one was written",
        ),
        Output::json("notified", "Events whose alerts this run told the webhook of"),
        Output::text("created", "false when this window was monitored before"),
    ],
};
