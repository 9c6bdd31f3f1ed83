//! A proxy before a real server, in which calls go wrong as a test says.

mod forward;
mod survives;

pub use forward::Forward;
pub use survives::{quick, survives};
