//! `register`

use crate::spec::verb::{Input, Output, Verb};

/// `register`
pub const VERB: Verb = Verb {
    name: "register",
    about: "Give a package a version in the registry",
    notes: "Registering the same package again gives the same version. A version never changes: the same version with another package is an error.",
    step: true,
    cloud: true,
    inputs: &[
        Input::path("package", "The package folder [default: package.out, else outerloop-package]"),
        Input::text(
            "from",
            "Take the model from another system, package it and register it: models:/NAME/3, \
             models:/NAME@ALIAS, runs:/RUN/PATH (MLflow), azureml:NAME:VERSION, \
             azureml://jobs/JOB/outputs/NAME, azureml://datastores/NAME/paths/PATH",
        ),
        Input::text("name", "The model [default: model]"),
        Input::text("version", "Exactly this version"),
        Input::text("bump", "Raise the highest version: major, minor or patch [default: minor]"),
    ],
    outputs: &[
        Output::text("model", "The model"),
        Output::text("version", "The version"),
        Output::text("ref", "model@version, for the steps that follow"),
        Output::text("digest", "Digest of the package"),
        Output::text("uri", "Where the bytes are"),
        Output::text("created", "false when the same package was registered before"),
    ],
};
