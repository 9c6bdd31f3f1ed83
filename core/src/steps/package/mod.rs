//! `package`: a model's files, what they say of themselves, and where they came from, in one
//! folder with one digest.

pub mod build;
pub mod metrics;
pub mod open;
pub mod sample;
pub mod transfer;

pub use build::{PackageInput, PackageOutcome, run};
pub use open::open;
pub use transfer::{fetch, store};
