//! `promote`: an alias is moved to a version, at once or by a pull request that changes a pin.

mod pinned;
pub mod pins;
mod propose;
mod run;
mod share;

#[cfg(test)]
mod propose_tests;

pub use pinned::{apply, resolve};
pub use pins::{CHAMPION, Pin, Pins};
pub(crate) use propose::newest_verdict;
pub use propose::{ProposedPromotion, propose};
pub use run::{Expectation, PromoteInput, Promoted, run};
pub use share::{Place, ShareInput, SharedVersion, run as share};
