//! Where data is that is not on this machine.

use std::path::Path;

use crate::domain::address::Address;
use crate::domain::error::Result;

/// Is told the bytes of a file so far, and all bytes where they are known.
pub type Coming<'a> = &'a (dyn Fn(u64, Option<u64>) + Sync);

/// A file in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub address: Address,
    /// Its bytes.
    pub size: u64,
}

/// Fetches files. Calls block.
pub trait Source: Send + Sync {
    /// Writes the file at `address` to `into`, whole or not at all, and gives its size.
    ///
    /// # Errors
    /// A file that is not there or may not be read; a server that cannot be reached; a file that
    /// came with another size or checksum than it was said to have, or that was changed meanwhile.
    fn fetch(&self, address: &Address, into: &Path, progress: Coming<'_>) -> Result<u64>;

    /// The files that `address` means, by name: those below a folder of an object store, or those
    /// that match a pattern. It may be none.
    ///
    /// # Errors
    /// A bucket or container that is not there or may not be listed; a server that cannot be reached;
    /// far too many files; an address of a server that has no lists.
    fn list(&self, address: &Address) -> Result<Vec<Listed>>;
}
