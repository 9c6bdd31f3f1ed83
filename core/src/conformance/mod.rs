//! What a port promises, as tests that run against every backend.

pub mod cut_off;
pub mod registry;
pub mod store;
