//! What registries share: the decisions over a view of the state, and the registry whose state is
//! the sum of events that a [`Log`] keeps and a [`Mirror`] shows in the objects of its own system.

mod backoff;
mod chain;
pub(in crate::adapters::registry) mod decide;
mod event;
mod log;
pub(in crate::adapters::registry) mod lookup;
mod registry;
mod state;
mod view;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub use log::{Appended, Log, Mirror, Page, Shown, Stored};
pub use registry::LedgerRegistry;
pub use state::ModelState;

pub(in crate::adapters::registry) use backoff::Backoff;
pub(in crate::adapters::registry) use decide::{Change, Decision};
pub(in crate::adapters::registry) use event::next_event;
pub(in crate::adapters::registry) use state::registered;
pub(in crate::adapters::registry) use view::{Model, ModelHead, Models};
