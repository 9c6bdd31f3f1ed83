//! Looks for what gates ask for beside predictions and packages.

mod custom;
mod history;
mod latency;
mod leakage;
mod look;

pub(super) use look::{Case, look};
