//! `profile --engine`: the same profile, computed by an engine where the data lives.
//!
//! Nothing but counts, extremes and sums leaves the engine. A first look counts every column; few
//! values and names come with their counts; numbers of many values are counted in steps, whose
//! edges are chosen from the counts of the round before, so that no engine has to know quantiles.

mod ask;
mod build;
mod columns;
mod edges;
mod look;
mod rounds;
mod run;
mod values;

pub use run::{EngineInput, EngineProfile, run};
