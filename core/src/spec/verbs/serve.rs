//! `serve`

use crate::spec::verb::{Input, Verb};

/// `serve`
pub const VERB: Verb = Verb {
    name: "serve",
    about: "Serve models over HTTP: the local endpoint",
    notes: "",
    step: false,
    cloud: false,
    inputs: &[
        Input::text("endpoint", "The endpoint [default: the only one configured]"),
        Input::number("port", "Port; 0 takes a free one [default: endpoints.NAME.port]"),
        Input::text("host", "Address to bind [default: endpoints.NAME.host, else loopback]"),
    ],
    outputs: &[],
};
