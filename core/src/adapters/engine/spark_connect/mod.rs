//! Spark Connect: the gRPC protocol of Apache Spark, Databricks, Azure's Spark pools and Sail.
//!
//! A small client of what a profile needs: a query goes out as SQL, its rows come back in Arrow.

mod answer;
mod client;
mod execute;
mod failure;
mod messages;

pub use client::{Options, SparkConnect};
