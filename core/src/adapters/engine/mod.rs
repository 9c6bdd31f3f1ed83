//! Engines that run SQL.

pub mod spark_connect;
