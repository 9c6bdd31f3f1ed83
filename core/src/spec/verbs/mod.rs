//! One file a verb.

pub mod announce;
pub mod archive;
pub mod compare;
pub mod copy;
pub mod deploy;
pub mod doctor;
pub mod evaluate;
pub mod history;
pub mod init;
pub mod lineage;
pub mod merge;
pub mod monitor;
pub mod package;
pub mod profile;
pub mod promote;
pub mod pull;
pub mod register;
pub mod restore;
pub mod retrain;
pub mod rollback;
pub mod serve;
pub mod show;
mod text;
pub mod validate;

use super::verb::Verb;

/// Every verb, in the order of the outer loop.
pub const VERBS: &[Verb] = &[
    init::VERB,
    package::VERB,
    register::VERB,
    validate::VERB,
    promote::VERB,
    deploy::VERB,
    rollback::VERB,
    monitor::VERB,
    compare::VERB,
    profile::VERB,
    merge::VERB,
    evaluate::VERB,
    retrain::VERB,
    show::VERB,
    history::VERB,
    lineage::VERB,
    announce::VERB,
    archive::VERB,
    restore::VERB,
    pull::VERB,
    copy::VERB,
    serve::VERB,
    doctor::VERB,
];

/// The verb with this name.
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}
