//! Where data is that is not on this machine.

use std::path::Path;

use crate::domain::address::Address;
use crate::domain::error::Result;

/// Fetches files. Calls block.
pub trait Source: Send + Sync {
    /// Writes the file at `address` to `into`, whole or not at all, and gives its size. Meanwhile
    /// `progress` gets the bytes so far, and all bytes where they are known.
    ///
    /// # Errors
    /// A file that is not there or may not be read; a server that cannot be reached; a file that
    /// came with another size than it was said to have.
    fn fetch(
        &self,
        address: &Address,
        into: &Path,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<u64>;
}
