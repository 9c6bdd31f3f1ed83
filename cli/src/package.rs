//! `outerloop package`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::config::valid::BaselineConfig;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::package::{self, PackageInput};
use serde_json::json;

use crate::context::Context;
use crate::output::Outcome;
use crate::progress;

/// Arguments of `package`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let given = |path: &Option<PathBuf>| path.as_deref().map(|p| context.path(p));
    let mut input = PackageInput::new(
        config,
        given(&arguments.model),
        given(&arguments.out),
        context.host().cause()?,
    )?;
    input.metrics = given(&arguments.metrics).or(input.metrics);
    input.sample = given(&arguments.sample).or(input.sample);
    if let Some(path) = arguments.baseline.clone() {
        input.baseline = Some(BaselineConfig { path, ..input.baseline.unwrap_or_default() });
    }
    let data = input.baseline.iter_mut().map(|baseline| &mut baseline.path);
    for path in data.chain(input.data.values_mut()) {
        *path = context.data(path)?;
    }
    let bar = progress::Bytes::new("packaging", bytes_of(&input.model), context.host());
    let outcome = package::run(&input, context.host().as_ref(), &|bytes| bar.add(bytes))?;
    drop(bar);
    for warning in &outcome.warnings {
        context.host().say(&format!("warning: {warning}"));
    }
    let (folder, format) = (outcome.folder.display().to_string(), outcome.manifest.format.as_str());
    let text = format!("{format} package {} in {folder}", outcome.digest);
    let json = json!({
        "package": folder,
        "digest": outcome.digest,
        "format": format,
        "bytes": outcome.bytes,
    });
    Ok(Outcome::done(json, text))
}

/// Bytes of a file; a folder's are not known before it is walked.
fn bytes_of(model: &std::path::Path) -> u64 {
    std::fs::metadata(model).map_or(0, |m| m.len())
}
