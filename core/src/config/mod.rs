//! `outerloop.yaml`: raw as written, valid as used, and the environment variables.

pub mod defaults;
pub mod detectors;
pub mod env;
mod explain;
pub mod forge;
pub mod load;
pub mod monitoring;
pub mod place;
mod predictions;
pub mod raw;
pub mod registry;
pub mod schema;
pub mod units;
pub mod valid;
mod written;

pub use load::{load, load_from, load_with};
pub use valid::Config;
