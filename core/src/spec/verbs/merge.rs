//! `merge`

use super::profile::OUTPUTS;
use crate::spec::verb::{Input, Verb};

/// `merge`
pub const VERB: Verb = Verb {
    name: "merge",
    about: "Put the profiles of parts together to the profile of all their rows",
    notes: "Counts, sums, extremes and levels are those of one reading; distributions are right to within the error that they state.",
    step: true,
    cloud: false,
    inputs: &[
        Input::list(
            "profiles",
            "Profiles that `profile` or `merge` wrote: files, folders, patterns or addresses",
        )
        .required()
        .positional(),
        Input::path(
            "out",
            "Where the profile is written; ends with .profile.json [default: data.profile.json]",
        ),
    ],
    outputs: OUTPUTS,
};
