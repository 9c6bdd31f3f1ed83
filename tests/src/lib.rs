//! The harness of the end-to-end tests: a model repository in a temporary folder, and the binary as
//! a user would call it.

pub mod acr;
pub mod act;
pub mod agent;

pub mod azure_devops;
pub mod azure_ml;
pub mod behind;
pub mod damage;
pub mod door;
pub mod engines;
#[cfg(unix)]
pub mod extension;
pub mod fake;
pub mod faults;
pub mod github;
pub mod inbox;
pub mod mlflow;
pub mod release;
pub mod runner;
#[cfg(unix)]
pub mod task;

pub mod model_repository;
#[cfg(unix)]
pub mod pipeline;
pub mod programs;
mod ran;
pub mod registry;
mod server;
pub mod simulation;
pub mod stores;
mod workshop;

pub use ran::Ran;
pub use server::Server;
pub use workshop::Workshop;

use std::path::PathBuf;

/// The binary under test: `OUTERLOOP_BIN`, else the one beside the test's own program.
///
/// # Panics
/// It was not built.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("OUTERLOOP_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap_or_default();
    let built = test.ancestors().nth(2);
    let built = built.map(|f| f.join(format!("outerloop{}", std::env::consts::EXE_SUFFIX)));
    match built {
        Some(path) if path.is_file() => path,
        _ => panic!("build the binary first: cargo build --workspace --bins (or cargo xtask test)"),
    }
}

/// A file that the repository ships.
pub fn repository_file(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}
