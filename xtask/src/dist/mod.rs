//! `cargo xtask dist`: what is released. An archive a target, `SHA256SUMS`, and the Azure DevOps
//! extension; the same sources and binaries give the same bytes.

mod archive;
mod binaries;
mod entries;
mod extension;
mod manifest;
mod release;
mod sums;

pub use release::{Options, run};
