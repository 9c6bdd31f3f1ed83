//! `profile`

use super::text::{ENCODING, HEADER};
use crate::spec::verb::{Input, Output, Verb};

/// `profile`
pub const VERB: Verb = Verb {
    name: "profile",
    about: "Keep of a data set what others are compared with, in one reading and without its rows",
    notes: "Profiles stand in for data in `compare` and in `package.baseline.path`; `merge` puts those of parts together.",
    step: true,
    cloud: false,
    inputs: &[
        Input::list(
            "data",
            "Files, folders or patterns: Parquet, Arrow, CSV, JSONL, request logs; none with `table` or `query`",
        )
        .positional(),
        Input::text(
            "engine",
            "Engine that computes it where the data lives: sc://host:port (Spark Connect); OUTERLOOP_ENGINE_TOKEN is its token [default: `engine` of the configuration]",
        ),
        Input::text("table", "Table of the engine, such as catalog.schema.table"),
        Input::text("query", "SELECT of the engine whose rows are profiled"),
        Input::path("sql", "Where the queries that were asked are written"),
        Input::text("timeout", "Longest time of one query of the engine [default: 1h]"),
        Input::path(
            "out",
            "Where the profile is written; ends with .profile.json [default: data.profile.json]",
        ),
        Input::text("by", "Column by whose values the rows are profiled once more"),
        Input::number(
            "names",
            "Names that are kept of a column of text, the most frequent ones [default: 1000]",
        ),
        Input::number("drop-rare", "Fold together what has fewer rows than this"),
        Input::text("label", "Column of the true answer"),
        Input::text("prediction", "Column of the model's output"),
        Input::list("categories", "Columns that are categories: numeric ones, and those of times, which are left out else"),
        Input::list("ignore", "Columns to leave out"),
        ENCODING,
        HEADER,
    ],
    outputs: OUTPUTS,
};

/// What `profile` and `merge` tell of the file that they wrote.
pub(super) const OUTPUTS: &[Output] = &[
    Output::text("profile", "Path of the profile"),
    Output::text("digest", "Digest of the profile's bytes"),
    Output::text("bytes", "Size of the profile"),
    Output::text("rows", "Rows that it tells of"),
    Output::text("columns", "Number of its columns"),
    Output::text(
        "engine",
        "Engine that computed it, with its version; null where this program did",
    ),
    Output::text("queries", "Queries that the engine was asked; 0 without one"),
    Output::text(
        "rank-error",
        "Largest share by which a rank may be wrong in any column; 0 where all is exact",
    ),
];
