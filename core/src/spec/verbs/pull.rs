//! `pull`

use crate::spec::verb::{Input, Output, Verb};

/// `pull`
pub const VERB: Verb = Verb {
    name: "pull",
    about: "Fetch a version's package into a folder",
    notes: "Every byte is checked against its digest. The model's files are in `files/` of the package folder.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("ref", "The version [default: the configured model's champion]").positional(),
        Input::flag("pinned", "Fetch the version that the pins file names for the champion"),
        Input::path("out", "Where the package folder is written [default: NAME-VERSION]"),
    ],
    outputs: &[
        Output::text("package", "The package folder"),
        Output::text("ref", "The version"),
        Output::text("digest", "Digest of the package"),
    ],
};
