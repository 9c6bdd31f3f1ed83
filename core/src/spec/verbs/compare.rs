//! `compare`

use super::text::{ENCODING, HEADER};
use crate::spec::verb::{Input, Output, Verb};

/// `compare`
pub const VERB: Verb = Verb {
    name: "compare",
    about: "Compare two data sets exactly, without a registry or a configuration",
    notes: "Needs no registry and no configuration; where there is a configuration, its thresholds apply to the preset outerloop. A column that only BASELINE has is a finding; leave it out with --ignore. Columns of times are not compared, nor are `monitor.time` and `monitor.id`; --categories compares them. Exit code 1: drift; 4: too little data to say.",
    step: true,
    cloud: false,
    inputs: &[
        Input::path("baseline", "Data to compare with: Parquet, CSV or JSONL, or a .profile.json")
            .required()
            .positional(),
        Input::list("current", "Data to compare: files, folders or patterns, or profiles of parts")
            .required()
            .positional(),
        Input::list(
            "categories",
            "Columns that are categories: numeric ones, and those of times, which are left out else",
        ),
        Input::list("ignore", "Columns to leave out, besides `monitor.ignore`"),
        ENCODING,
        HEADER,
        Input::choice(
            "preset",
            &["outerloop", "evidently", "nannyml", "azure-ml"],
            "Whose measures, thresholds and rule for the data set are followed [default: outerloop]",
        ),
        Input::flag(
            "all-measures",
            "Work out every measure that the preset has a definition of, not only those that decide",
        ),
        Input::path("report", "Where an HTML report is written"),
    ],
    outputs: &[
        Output::text("status", "ok, drift or inconclusive"),
        Output::text("preset", "Whose rules were followed"),
        Output::text("rule", "When the data set drifts, in words"),
        Output::json(
            "columns",
            "Each column: name, kind, role, metrics by name, measures with value, threshold and definition, drifted, reasons",
        ),
        Output::json("findings", "What was seen of the data set as a whole, a stable code first"),
        Output::json("correlations", "Correlations of numeric columns that changed"),
        Output::json(
            "guessed",
            "Kinds of columns that could be read otherwise, columns of times that are not compared, and how to say so",
        ),
        Output::text("rows", "Rows of the current data"),
        Output::text("baseline-rows", "Rows of the baseline"),
        Output::json("summary", "What was found, in plain words"),
        Output::text("report", "Path of the HTML report"),
    ],
};
