//! Content-addressed stores.

pub mod folder;

pub use folder::FolderStore;
