//! The values that everything else speaks in: names, versions, digests, packages, verdicts,
//! events and rollouts. No I/O, and no knowledge of any other room.

pub mod address;
pub mod alert;
pub mod azure_ml;
pub mod canonical;
pub mod digest;
pub mod drift;
pub mod endpoint;
pub mod engine_address;
pub mod error;
pub mod event;
pub mod fetched;
pub mod lineage;
pub mod metric;
pub mod name;
pub mod package;
pub mod pattern;
pub mod place;
pub mod profile;
pub mod record;
pub mod reference;
pub mod retrain;
pub mod rollout;
pub mod secret;
pub mod signal;
pub mod signature;
pub mod text;
pub mod verdict;
pub mod version;
pub mod window;
