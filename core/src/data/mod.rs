//! Parquet, CSV and JSONL into columns, and columns into profiles.

pub mod table;

pub use table::{Categories, Column, Table, Values};
