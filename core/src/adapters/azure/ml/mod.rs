//! What the registry and the store of Azure Machine Learning share: workspaces with their default
//! datastore, registries, and models with their versions.

mod datastore;
mod models;
mod packages;
mod shared;
mod workspace;

pub use datastore::Datastore;
pub use models::{ModelVersion, Models};
pub use packages::Packages;
pub use shared::{PendingUpload, SharedFiles, SharedRegistry};
pub use workspace::{Place, Workspace};

/// The provider of every resource here.
const PROVIDER: &str = "Microsoft.MachineLearningServices";
