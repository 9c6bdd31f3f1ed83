//! Models on an MLflow server: registered ones, and those of runs.

mod address;
mod download;
mod found;
mod importer;

pub use importer::MlflowImporter;
