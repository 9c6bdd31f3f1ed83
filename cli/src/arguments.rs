//! The command line as a whole; each verb's own arguments are in its file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use outerloop_core::config::env;
use outerloop_core::domain::error::Error;

use crate::exit;

/// Reads a name, a version or the like; what is wrong and what to write instead, in one message.
pub fn parsed<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: Error| match e.hint_text() {
        Some(hint) => format!("{e}\n  hint: {hint}"),
        None => e.to_string(),
    })
}

/// The outer loop of MLOps: package, register, validate, promote, deploy, monitor, retrain.
#[derive(Parser)]
#[command(
    name = "outerloop",
    version,
    propagate_version = false,
    after_help = exit::HELP,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Configuration file [default: the nearest outerloop.yaml]
    #[arg(long, global = true, env = env::CONFIG, value_name = "FILE", hide_env = true)]
    pub config: Option<PathBuf>,
    /// Print exactly one JSON object on standard output
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Subcommand)]
pub enum Command {
    /// Write a commented outerloop.yaml
    Init(crate::init::Arguments),
    /// Inspect a model and write its package folder
    Package(crate::package::Arguments),
    /// Give a package a version in the registry
    Register(crate::register::Arguments),
    /// Decide whether a version is good enough, alone and against the champion
    Validate(crate::validate::Arguments),
    /// Move an alias, such as champion, to a version
    Promote(crate::promote::Arguments),
    /// Roll a version out to an endpoint, step by step
    Deploy(crate::deploy::Arguments),
    /// Take an endpoint back to its last good version
    Rollback(crate::rollback::Arguments),
    /// Compare live data with the baseline of the model
    Monitor(crate::monitor::Arguments),
    /// Compare two data sets, without a registry or a configuration
    Compare(crate::compare::Arguments),
    /// Every metric of a predictions file, with intervals, without a registry
    Evaluate(crate::evaluate::Arguments),
    /// Decide by policy whether to train again, and start the training
    Retrain(crate::retrain::Arguments),
    /// Show models, versions and aliases
    Show(crate::show::Arguments),
    /// Show, and verify, everything that happened to a model
    History(crate::history::Arguments),
    /// Show what led to a version and what came of it
    Lineage(crate::lineage::Arguments),
    /// Put a version away
    Archive(crate::archive::Arguments),
    /// Take an archived version out again
    Restore(crate::archive::Arguments),
    /// Fetch a version's package into a folder
    Pull(crate::pull::Arguments),
    /// Serve models over HTTP: the local endpoint
    Serve(crate::serve::Arguments),
    /// Load a package in this process and prove that it answers (used by `serve`)
    #[command(hide = true)]
    ServeProbe(crate::serve::ProbeArguments),
}
