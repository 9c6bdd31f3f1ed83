//! How a container is opened.

use crate::domain::error::Result;
use crate::domain::secret::Secret;

/// How a container is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// By a token of the login.
    Identity,
    /// By a shared access signature: the query that carries it.
    Signature(Secret),
    /// By the account's key, by which each call is signed.
    Key {
        /// The account.
        account: String,
        /// Its key.
        key: Secret,
    },
}

/// Asks how a container is opened now; an answer may be over after a while.
pub type Renew = Box<dyn Fn() -> Result<Access> + Send + Sync>;
