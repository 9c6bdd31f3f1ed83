//! `gates:` of the configuration.

use serde::Deserialize;

use crate::domain::error::Result;

/// Settings of every gate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gates {}

impl Gates {
    /// Checks every value.
    ///
    /// # Errors
    /// The first value that is wrong, by its key.
    pub fn checked(self) -> Result<Self> {
        Ok(self)
    }
}
