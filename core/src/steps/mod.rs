//! One file a verb: the use case, over ports only.

pub mod package;
