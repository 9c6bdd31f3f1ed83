//! The store on an MLflow server: each package is a run of the experiment `outerloop`, and its files
//! are the run's artifacts, which MLflow's own client loads.

mod artifacts;
mod runs;
mod store;

pub use store::MlflowStore;
