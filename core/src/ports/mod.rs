//! What the steps need of the outside world: one trait a file. Ports are blocking; an adapter that
//! speaks to an asynchronous client carries its own runtime (see `docs/adr`).

pub mod clock;
pub mod doctor;
pub mod endpoint;
pub mod engine;
pub mod forge;
pub mod former;
pub mod host;
pub mod import;
pub mod notifier;
pub mod programs;
pub mod registry;
pub mod scorer;
pub mod shelf;
pub mod source;
pub mod store;
pub mod trigger;
