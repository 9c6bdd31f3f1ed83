//! One file a verb: the use case, over ports only.

pub mod announce;
pub mod archive;
pub mod compare;
pub mod copy;
pub mod deploy;
pub mod doctor;
pub mod engine_profile;
pub mod evaluate;
pub mod fetch;
pub mod history;
pub mod init;
pub mod lineage;
pub mod monitor;
pub mod package;
pub mod permitted;
pub mod predictions;
pub mod profile;
pub mod promote;
pub mod pull;
pub mod register;
mod repository;
pub mod retrain;
pub mod rollback;
pub mod show;
pub mod validate;

#[cfg(test)]
pub(crate) mod simulated_forge;
#[cfg(test)]
pub(crate) mod simulated_host;
