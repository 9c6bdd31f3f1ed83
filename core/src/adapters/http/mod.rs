//! JSON over HTTP, for the servers that hold repositories: one client, one retry policy.
//!
//! The one question that every call has to answer is whether it may be sent twice. Reading,
//! replacing and deleting may; creating may not. So [`Request::post`] is sent again only where the
//! server surely did nothing, and everything else comes back as a [`Failure`] that is
//! [`Failure::is_ambiguous`]: the caller looks what is there before it sends again.

mod azure;
mod client;
mod failure;
mod limits;
mod pages;
mod request;
mod response;
mod retry;
#[cfg(test)]
mod tests;
mod transfer;
pub(in crate::adapters) mod xml;

pub use client::{HttpClient, Options, Trust};
pub use failure::Failure;
pub use pages::Pages;
pub use request::Request;
pub use response::Response;
pub use retry::{RetryPolicy, Tries, Trouble};
pub use transfer::{Sink, Upload};

pub(in crate::adapters) use client::{authority, is_final, is_loopback, reason, unreachable_hint};
pub(in crate::adapters) use failure::{message, one_line};
pub(in crate::adapters) use limits::trouble;
pub(in crate::adapters) use request::form_urlencoded;

/// What a call gives.
pub type Result<T, E = Failure> = std::result::Result<T, E>;
