//! `outerloop serve`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use outerloop_core::adapters::endpoint::local::probe;
use outerloop_core::adapters::factory;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::EndpointName;
use outerloop_core::steps::package;
use serde_json::json;

use crate::arguments::parsed;
use crate::context::Context;
use crate::output::Outcome;

/// Arguments of `serve`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "NAME", value_parser = parsed::<EndpointName>)]
    endpoint: Option<EndpointName>,
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
}

/// Arguments of `serve-probe`.
#[derive(Args)]
pub struct ProbeArguments {
    /// The package folder
    #[arg(long, value_name = "DIR")]
    package: PathBuf,
}

/// Serves until it is stopped.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let name = context.endpoint(arguments.endpoint.as_ref())?;
    let config = context.config()?;
    let mut settings = config.endpoint(&name)?;
    if let Some(port) = arguments.port {
        settings.port = port;
    }
    if let Some(host) = &arguments.host {
        settings.host.clone_from(host);
    }
    log_to_stderr();
    let store = context.store()?;
    let materialise =
        move |digest: &Digest, folder: &Path| package::fetch(digest, store.as_ref(), folder);
    factory::serve(config, &name, settings, Arc::new(materialise))?;
    Ok(Outcome::done(json!({ "endpoint": name }), format!("{name} has stopped")))
}

/// What a long-lived process has to say goes to standard error, a line each.
fn log_to_stderr() {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    // A second call would mean a second server in this process, which there is not.
    let _ = lines.with_ansi(false).try_init();
}

/// Loads a package in this process and proves that it answers.
pub fn probe(arguments: &ProbeArguments) -> Result<Outcome> {
    probe::run(&arguments.package)?;
    Ok(Outcome::done(json!({ "answers": true }), "it answers"))
}
