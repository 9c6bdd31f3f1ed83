//! The store in a repository of an OCI registry: packages as ModelPack artifacts, or as container
//! images.
//!
//! A file is a layer: in an artifact as it is, by the digest that it has in the package, in an image
//! as an archive of its own. The package's own manifest is one more layer; the tag `sha256-<hex of the package>` makes the whole visible, last. What is said of
//! a package afterwards refers to it. ADR 17 tells why no library does this.

mod artifact;
mod client;
mod entra;
mod helper;
mod image;
mod login;
mod place;
mod referrers;
mod refusal;
mod store;
mod tar;
mod token;
mod upload;

pub use entra::Login;
pub use store::OciStore;
