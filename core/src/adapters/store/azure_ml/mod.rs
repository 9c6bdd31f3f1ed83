//! Packages in Azure Machine Learning: a folder each, `outerloop/packages/<hex>/files/…` in the default
//! datastore of a workspace, `outerloop/<hex>/files/…` in what a registry gives. Azure's own tools can
//! load models from them.

mod store;

pub use store::AzureMlStore;
