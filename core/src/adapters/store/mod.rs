//! Stores of packages.

pub mod azure_ml;
pub mod folder;
pub mod mlflow;
pub mod object;
pub mod oci;

pub use azure_ml::AzureMlStore;
pub use folder::FolderStore;
