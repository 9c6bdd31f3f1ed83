//! How often intervals hold the truth, and tests see what is there or what is not: measured on
//! populations whose truth is known. `cargo xtask simulate` prints the table of docs/statistics.md.

pub mod anytime;
pub mod bootstrap;
pub mod drift;
pub mod intervals;
pub mod names;
pub mod population;
pub mod rejections;
pub mod study;
pub mod table;
pub mod windows;

pub use study::{Study, studies};
