//! The store in the default datastore of an Azure Machine Learning workspace: a folder a package,
//! `outerloop/packages/<hex>/files/…`, which Azure's own tools can load models from.

mod store;

pub use store::AzureMlStore;
