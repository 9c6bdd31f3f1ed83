//! `cargo xtask bench`: what docs/benchmarks.md states, measured on this machine. Each figure
//! stands beside a peer's from the same run.

mod azure;
mod binary;
mod contention;
mod drift;
mod endpoint;
mod engines;
mod gates;
mod kills;
mod mlflow;
mod packaging;
mod profiles;
mod registry;
mod server;
mod steps;
mod stores;
mod timing;
mod used;

use clap::ValueEnum;
pub use drift::Peer;

use crate::process::Result;

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Start of the process and size of the binary
    Binary,
    /// show and register with 5,000 versions, beside GTO and git
    Registry,
    /// Packaging a 2 GB file, beside sha256sum
    Packaging,
    /// 256 MiB and 2 GB into an OCI registry and out of it, beside curl
    Stores,
    /// 64 registrations at once from 64 clones
    Contention,
    /// Requests a second and latency of the local endpoint, beside the slot alone
    Endpoint,
    /// A step in act and a task under Node, beside an empty step and others' ways
    Steps,
    /// Metrics, bootstrap, DeLong's test and a whole validate, beside scikit-learn
    Gates,
    /// compare of two data sets, beside reading them, DuckDB, whylogs, NannyML and Evidently
    Drift,
    /// How profile and compare grow with rows, columns and threads; sizes of profiles, and merge
    Profiles,
    /// profile of a Parquet file by this program and by Sail
    Engines,
    /// Registering, promoting and moving bytes on an MLflow server, beside its own client and curl
    Mlflow,
    /// A version in a registry of Azure Machine Learning, whose service goes on after its answer,
    /// beside azure-ai-ml
    Azure,
    /// Killing deploy and slots at random moments, under load
    Kills,
}

/// Measures `what`, or everything; of gates, drift and profiles only cases of at most `rows` rows;
/// of drift only beside these peers, where any is named.
///
/// # Errors
/// A program that is missing or fails.
pub fn run(what: &[What], rows: usize, peers: &[Peer]) -> Result<()> {
    let chosen = if what.is_empty() { What::value_variants() } else { what };
    for what in chosen {
        match what {
            What::Binary => binary::run()?,
            What::Registry => registry::run()?,
            What::Packaging => packaging::run()?,
            What::Stores => stores::run()?,
            What::Contention => contention::run()?,
            What::Endpoint => endpoint::run()?,
            What::Steps => steps::run()?,
            What::Gates => gates::run(rows)?,
            What::Drift => drift::run(rows, peers)?,
            What::Profiles => profiles::run(rows)?,
            What::Engines => engines::run()?,
            What::Mlflow => mlflow::run()?,
            What::Azure => azure::run()?,
            What::Kills => kills::run()?,
        }
    }
    Ok(())
}
