//! `doctor`

use crate::spec::verb::{Output, Verb};

/// `doctor`
pub const VERB: Verb = Verb {
    name: "doctor",
    about: "Check configuration, logins, rights and reach of every configured backend",
    notes: "Each check says what it found, and what to do where it does not work. Nothing is registered or moved; a registry and a store are asked whether they may be written.\n\nExit code 0 when everything works, 2 when the first thing that is wrong is a setting or a name, 3 when it is a login, a right, a server or the machine.",
    step: true,
    cloud: true,
    inputs: &[],
    outputs: &[
        Output::text("status", "The worst of all checks: ok, warning or failed"),
        Output::json(
            "checks",
            "Each check with id, status (ok, warning, failed, skipped), message and hint",
        ),
    ],
};
