//! One container of Azure Blob Storage whose login is had anew when the service no longer takes it:
//! small blobs as a whole, with the condition that makes a compare-and-swap of them, and files. What
//! is sent is that of every container (`adapters/objects/azure_blob`).

mod access;
mod container;
mod download;
mod list;
mod opened;

pub use access::{Access, Renew};
pub use container::{Container, Stat};
