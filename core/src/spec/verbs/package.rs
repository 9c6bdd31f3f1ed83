//! `package`

use crate::spec::verb::{Input, Output, Verb};

/// `package`
pub const VERB: Verb = Verb {
    name: "package",
    about: "Inspect a model and write its package folder",
    notes: "The package folder holds `outerloop-package.json` and the model's files; the digest of the former names the package.\n\nExample:\n  outerloop package --model build/model.onnx --metrics build/metrics.json",
    step: true,
    cloud: false,
    inputs: &[
        Input::path("model", "The model's file or folder [default: package.path]"),
        Input::path(
            "out",
            "Where the package folder is written [default: package.out, else outerloop-package]",
        ),
        Input::path(
            "metrics",
            "Metrics that training measured, as JSON [default: package.metrics]",
        ),
        Input::path(
            "baseline",
            "Baseline data: Parquet, CSV or JSONL [default: package.baseline.path]",
        ),
        Input::path(
            "sample",
            "A request that the model must answer [default: package.sample, else from the baseline]",
        ),
    ],
    outputs: &[
        Output::text("package", "The package folder"),
        Output::text("digest", "Digest that names the package"),
        Output::text("format", "The model's format, such as onnx"),
        Output::text("bytes", "Sum of the file sizes"),
    ],
};
