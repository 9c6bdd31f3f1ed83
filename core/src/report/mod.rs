//! Markdown for summaries, and self-contained HTML with SVG plots.

pub mod alerts;
mod bar;
pub mod compare;
mod distribution;
pub mod evaluate;
pub mod fit;
pub mod lineage;
pub mod markdown;
pub mod models;
pub mod monitor;
pub mod page;
pub mod prometheus;
pub mod promote;
pub mod retrain;
pub mod section;
pub mod svg;
pub mod table;
pub mod trend;
pub mod validate;

pub use crate::stats::number;
pub use page::{Page, Tone};
pub use section::Section;
pub use table::{Cell, Table};
