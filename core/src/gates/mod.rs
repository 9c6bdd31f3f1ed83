//! One file a gate: its id, its settings, and how it is evaluated.

pub mod settings;
