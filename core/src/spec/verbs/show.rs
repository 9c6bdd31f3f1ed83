//! `show`

use crate::spec::verb::{Input, Output, Verb};

/// `show`
pub const VERB: Verb = Verb {
    name: "show",
    about: "Show models, versions and aliases",
    notes: "",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("model", "Only this model, with its versions").positional(),
        Input::flag(
            "capabilities",
            "Also what the registry and the store of the configuration can do",
        ),
    ],
    outputs: &[
        Output::json("models", "The models"),
        Output::json(
            "damaged",
            "Models whose history does not hold: name, reason, hint; with one of them the exit \
             code is 3",
        ),
        Output::json(
            "capabilities",
            "What the registry and the store can do: registry (compare-and-swap, immutable, \
             verifiable-history, notes), store (shared, deduplicates, names, documents); null \
             without --capabilities",
        ),
    ],
};
