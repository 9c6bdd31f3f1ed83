//! A server on loopback that plays Microsoft Entra, Azure Resource Manager and Azure Machine
//! Learning, as far as this program speaks to them. It is strict: an unknown path, a missing version
//! of the API or an unknown field is refused and remembered as a violation. What it answers is held
//! to recordings of the service and of its Python client (`tests/azure_ml`).

mod datastores;
mod entra;
mod errors;
mod models;
mod operations;
mod preview;
pub mod recordings;
mod server;
mod world;

pub use server::AzureMlFake;
pub use world::{CLIENT, GROUP, REGISTRIES, SECRET, SUBSCRIPTION, TENANT, WORKSPACE, World};
