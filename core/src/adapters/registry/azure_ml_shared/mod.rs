//! A registry of Azure Machine Learning, which workspaces share, as a shelf: versions are copied to
//! it, and workspaces take them from there.

mod shelf;

pub use shelf::AzureMlShelf;
