//! `copy`

use crate::spec::verb::{Input, Output, Verb};

/// `copy`
pub const VERB: Verb = Verb {
    name: "copy",
    about: "Take models with versions, aliases and history from one registry to another",
    notes: "Events are taken over as they are, with their ids; packages that are not there yet are sent, and one more event says where they came from. A copy that broke off goes on where it ended; asked again, nothing changes.\n\nExit code 1 when a model went another way in the registry that is copied to.",
    step: true,
    cloud: true,
    inputs: &[
        Input::text(
            "from",
            "The registry to copy from: git, git:FOLDER, mlflow+https://HOST, azureml://…, or gto and gto:FOLDER for a repository in which GTO's tags are the registry",
        )
        .required()
        .positional(),
        Input::text("to", "The registry to copy to, written like the other; gto is only read")
            .required()
            .positional(),
        Input::list("name", "Models to copy [default: all]"),
        Input::text(
            "from-store",
            "Where the bytes are: a folder, az://…, s3://…, gs://…, oci://… [default: what goes with the registry]",
        ),
        Input::text("to-store", "Where the bytes are put, written like the other"),
        Input::flag(
            "leave-missing",
            "From gto: leave the versions whose files are not at their commit, and take all else",
        ),
    ],
    outputs: &[
        Output::text("from", "The registry that was copied from"),
        Output::text("to", "The registry that was copied to"),
        Output::json(
            "models",
            "Each model with versions, events and packages that were new, bytes, changed",
        ),
        Output::json("left", "What was not taken over: model, what (such as a tag), why"),
    ],
};
