//! A proxy before a real server, in which calls go wrong as a test says.

mod forward;

pub use forward::Forward;
