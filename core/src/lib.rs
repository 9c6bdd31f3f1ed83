//! The core of Outerloop: lifecycle of machine-learning models as steps over ports.
//!
//! `docs/ARCHITECTURE.md` says which room may know which, and why.

pub mod adapters;
pub mod config;
pub mod conformance;
pub mod data;
pub mod domain;
pub mod files;
pub mod formats;
pub mod gates;
pub mod ports;
pub mod process;
pub mod report;
pub mod spec;
pub mod sql;
pub mod stats;
pub mod steps;
