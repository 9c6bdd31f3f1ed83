//! What a port promises, as tests that run against every backend.

pub mod store;

pub mod registry;
