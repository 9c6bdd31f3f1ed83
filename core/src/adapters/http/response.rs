//! What a server answered.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::Result;
use super::failure::Failure;
use crate::domain::error::Error;

/// An answer that is a success.
#[derive(Debug, Clone)]
pub struct Response {
    pub(super) shown: String,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Response {
    /// The status, 200 to 299.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none, or has another shape. The server did what it was asked all the same.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let message = format!("{}: an answer that cannot be read: {e}", self.shown);
            let error = Error::unavailable(message)
                .hint("check the address, and whether a proxy stands between");
            Failure::answered(error, self.status, "")
        })
    }
}
