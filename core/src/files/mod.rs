//! Files on disk, read once: digests, copies, folders, and replacing things whole.

pub mod place;
pub mod stream;
pub mod walk;
