//! The store in the default datastore of an Azure Machine Learning workspace. What a registry holds is
//! read and written in the same way, so that the packages are at home with the rest of the service.

pub use crate::adapters::azure::ml::Packages as AzureMlStore;
