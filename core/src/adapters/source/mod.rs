//! Data on other machines: plain HTTPS, and the object stores of clouds.

mod list;
mod remote;

pub use remote::RemoteSource;
