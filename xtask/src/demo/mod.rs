//! `cargo xtask demo`: the whole outer loop on this machine.

mod acts;
mod place;
mod story;
mod traffic;

pub use acts::run;
