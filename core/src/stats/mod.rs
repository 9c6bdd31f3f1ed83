//! Numbers in, numbers out: metrics, intervals, tests, drift. No I/O.

mod areas;
pub mod bootstrap;
pub mod calibration;
pub mod confusion;
pub mod control;
pub mod curves;
pub mod decimal;
pub mod delong;
pub mod drift;
pub mod generator;
pub mod histogram;
pub mod inference;
pub mod loss;
pub mod masses;
mod masses_lanes;
pub mod measure;
pub mod metric;
pub mod metrics;
pub mod normal;
pub mod number;
pub mod order;
pub mod ranked;
pub mod ranking;
pub mod ranking_lanes;
pub mod rates;
pub mod recalibration;
pub mod rows;
pub mod sample;
pub mod sketch;
pub mod tally;
pub mod threshold;
pub mod undefined;
pub mod versus;

#[cfg(test)]
mod reference_tests;

pub use measure::{Measure, measure, measure_all};
pub use metric::Metric;
pub use rows::Rows;
pub use sample::Sample;
pub use undefined::Undefined;
