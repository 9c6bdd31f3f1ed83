//! `compare`

use crate::spec::verb::{Input, Output, Verb};

/// `compare`
pub const VERB: Verb = Verb {
    name: "compare",
    about: "Compare two data sets, without a registry or a configuration",
    notes: "Needs no registry and no configuration; where there is a configuration, its thresholds apply. A column that only BASELINE has is a finding; leave it out with --ignore. Exit code 1: drift; 4: too little data to say.",
    step: true,
    cloud: false,
    inputs: &[
        Input::path("baseline", "Data to compare with: Parquet, CSV or JSONL")
            .required()
            .positional(),
        Input::list("current", "Data to compare: files, folders or patterns")
            .required()
            .positional(),
        Input::list("categories", "Numeric columns that are categories"),
        Input::list("ignore", "Columns to leave out, besides `monitor.ignore`"),
        Input::path("report", "Where an HTML report is written"),
    ],
    outputs: &[
        Output::text("status", "ok, drift or inconclusive"),
        Output::json("columns", "Each column with its distances"),
        Output::json("summary", "What was found, in plain words"),
        Output::text("report", "Path of the HTML report"),
    ],
};
