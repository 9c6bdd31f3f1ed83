//! `cargo xtask demo`: the whole outer loop on this machine.

mod acts;
mod story;

pub use acts::run;
