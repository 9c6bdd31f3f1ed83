//! Engines that run here: Sail behind Spark Connect, and DuckDB, to which the same queries are given.
//! `cargo xtask test` installs them.

mod duckdb;
mod sail;
mod wire;

pub use duckdb::DuckDb;
pub use sail::Sail;
pub use wire::Wire;

use std::path::PathBuf;

/// A program that `tests/requirements/engines.txt` installs.
fn installed(name: &str) -> PathBuf {
    match std::env::var_os("OUTERLOOP_TEST_ENGINES") {
        Some(folder) => PathBuf::from(folder).join(name),
        None => {
            panic!("OUTERLOOP_TEST_ENGINES is not set: run cargo xtask test, which installs this")
        }
    }
}
