//! `validate`

use crate::spec::verb::{Input, Output, Verb};

/// `validate`
pub const VERB: Verb = Verb {
    name: "validate",
    about: "Decide whether a version is good enough, alone and against the champion",
    notes: "Without --against, the challenger is compared with the champion, where there is one. Gates are described in docs/gates.md. In a pull request the answer is also written there. --verify judges again what a verdict file tells of, records nothing, and exits with 1 where anything differs.\n\nExample:\n  outerloop validate acme@1.2.0 --predictions predictions.parquet",
    step: true,
    cloud: false,
    inputs: &[
        Input::text("ref", "The challenger: name@version, name@alias or name@sha256:…")
            .positional(),
        Input::flag("pinned", "Judge the version that the pins file names for the champion"),
        Input::text("against", "What to compare it with [default: the alias champion]"),
        Input::path(
            "predictions",
            "Scores on held-out rows: Parquet, Arrow IPC, CSV or JSONL [default: predictions.path]",
        ),
        Input::path(
            "champion-predictions",
            "The champion's scores in a file of their own, joined by `predictions.id` [default: predictions.champion-path]",
        ),
        Input::path("report", "Where the HTML report is written [default: .outerloop/reports/…]"),
        Input::flag(
            "explain",
            "Print in sentences why, what weighs most first, with what would have passed",
        ),
        Input::path("verify", "Judge again what this verdict file tells of, and compare"),
    ],
    outputs: &[
        Output::text("verdict", "pass, warn, fail, inconclusive or error"),
        Output::json("gates", "Each gate with its verdict, value and bound"),
        Output::text("report", "Path of the HTML report"),
        Output::text(
            "comment",
            "In a pull request: path of the facts that `announce` makes a comment of",
        ),
        Output::text(
            "explanation",
            "In sentences: why it is refused or let through, and what would have passed",
        ),
        Output::text(
            "verdict-file",
            "Path of the verdict with everything that it follows from: the same bytes for everyone",
        ),
        Output::text("verified", "With --verify: whether the same was found, to the last byte"),
        Output::json("differences", "With --verify: what differs, causes first"),
    ],
};
