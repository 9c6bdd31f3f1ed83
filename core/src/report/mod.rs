//! Markdown for summaries, and self-contained HTML with SVG plots.

pub mod fit;
pub mod lineage;
pub mod markdown;
pub mod monitor;
pub mod page;
pub mod promote;
pub mod retrain;
pub mod svg;
pub mod validate;

pub use crate::stats::number;
pub use page::{Cell, Page, Section, Table, Tone};
