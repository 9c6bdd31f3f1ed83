//! `package`: a model's files, what they say of themselves, and where they came from, in one
//! folder with one digest.

pub mod metrics;
pub mod open;
pub mod transfer;

pub use open::open;
pub use transfer::{fetch, store};
