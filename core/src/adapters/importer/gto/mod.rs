//! A repository in which models were registered with GTO: annotated tags say what happened, and
//! `artifacts.yaml` (or `dvc.yaml`) at the tagged commit says which files a model is.

mod annotation;
mod dvc;
mod files;
mod lfs;
mod registry;
mod repository;
mod story;
mod tag;

pub use registry::GtoRegistry;
