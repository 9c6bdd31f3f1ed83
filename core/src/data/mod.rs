//! Parquet, Arrow IPC, CSV and JSONL into columns, and columns into profiles.

pub mod answer;
mod arrays;
mod arrow;
mod blocks;
mod collect;
mod collector;
mod column_sketch;
mod columnar;
mod content;
mod csv;
mod dictionary;
mod files;
mod jsonl;
mod layout;
mod located;
pub mod merge;
pub mod overlap;
mod parquet;
mod part;
mod partitions;
pub mod profile;
pub mod rare;
pub mod read;
mod requests;
mod segments;
mod slot;
pub mod stream;
pub mod table;
pub mod times;
mod told;
pub mod window;

pub use files::{has_known_ending, paths_of};
pub use profile::{ProfileOptions, profile};
pub use read::{ReadOptions, read};
pub use table::{Categories, Column, Table, Values};
