//! The SQL of a profile: plain queries that DuckDB, DataFusion, Spark and what speaks like them
//! answer with the same counts. It holds text alone; who runs it is in `steps/engine_profile`.
//!
//! What engines do not agree on is not used: names of approximate functions, `width_bucket`, names
//! in double quotes, −0 among distinct values, where NaN stands in an order.

mod column;
mod quote;
mod relation;
mod scope;
mod steps;
mod survey;
mod values;

pub use column::{Column, Source, Spelling};
pub use quote::name;
pub use relation::Relation;
pub use scope::Scope;
pub use steps::{Cut, steps};
pub use survey::survey;
pub use values::{Levels, Numbers, distinct, levels, numbers};
