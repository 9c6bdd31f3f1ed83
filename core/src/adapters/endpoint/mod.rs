//! What serves models.

pub mod local;
