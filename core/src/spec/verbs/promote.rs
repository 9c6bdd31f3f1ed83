//! `promote`

use crate::spec::verb::{Input, Output, Verb};

/// `promote`
pub const VERB: Verb = Verb {
    name: "promote",
    about: "Move an alias, such as champion, to a version, at once or by a pull request",
    notes: "Exit code 1 when the alias no longer points where it was expected to: somebody else was first, and nothing was changed.\n\nWith --via pull-request the registry stays as it is: a pull request pins the version in a file, and merging it is the promotion; `promote --pinned` then moves the aliases.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text("ref", "The version: name@version, name@alias or name@sha256:…").positional(),
        Input::text("to", "The alias to move"),
        Input::text(
            "expect",
            "Only if the alias points here now; `none`: only if it points nowhere",
        ),
        Input::choice(
            "via",
            &["registry", "pull-request"],
            "registry: move it now; pull-request: open one that pins it [default: promote.via]",
        ),
        Input::text(
            "to-registry",
            "Copy the version with its bytes into this other registry and move the alias there: \
             git, mlflow+https://HOST, azureml://subscriptions/…/workspaces/NAME or \
             azureml://registries/NAME. With `registry`, out of the one named there",
        ),
        Input::flag(
            "pinned",
            "Move every alias of the configured model to where the pins file says",
        ),
    ],
    outputs: &[
        Output::text("alias", "The alias"),
        Output::text("ref", "Where it points now: model@version"),
        Output::text("previous", "Where it pointed before"),
        Output::text("via", "registry, pull-request, pins or copy"),
        Output::text("pull-request", "Number of the pull request that asks for it"),
        Output::text("url", "Address of that pull request, or of what was copied"),
        Output::json("promoted", "With `pinned`: each alias with ref, previous and moved"),
    ],
};
