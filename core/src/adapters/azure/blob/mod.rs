//! One container of Azure Blob Storage: small blobs as a whole, with the condition that makes a
//! compare-and-swap of them, and large ones in blocks. The login is a token, a shared access
//! signature or the account's key, and is had anew when the service no longer takes it.

mod access;
mod container;
mod download;
mod list;
mod upload;

pub use access::{Access, Renew};
pub use container::{Container, Stat};
