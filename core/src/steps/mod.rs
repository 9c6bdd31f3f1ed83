//! One file a verb: the use case, over ports only.

pub mod deploy;
pub mod package;
pub mod retrain;
pub mod rollback;
