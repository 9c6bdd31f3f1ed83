//! One file a verb: the use case, over ports only.

pub mod archive;
pub mod compare;
pub mod deploy;
pub mod evaluate;
pub mod history;
pub mod init;
pub mod lineage;
pub mod monitor;
pub mod package;
pub mod promote;
pub mod pull;
pub mod register;
pub mod retrain;
pub mod rollback;
pub mod show;
pub mod validate;
