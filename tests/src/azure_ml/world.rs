//! What the server holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake::{Call, Reply};

/// The tenant.
pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";
/// The application.
pub const CLIENT: &str = "22222222-2222-2222-2222-222222222222";
/// Its secret.
pub const SECRET: &str = "s3cret~value";
/// The subscription.
pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// The resource group.
pub const GROUP: &str = "rg";
/// The workspace.
pub const WORKSPACE: &str = "ws";
/// The registries.
pub const REGISTRIES: [&str; 2] = ["reg", "prod"];

/// An answer, or the refusal of a call.
pub(super) type Answer = Result<Reply, Reply>;

/// A model: its own properties, and its versions in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// `isArchived`.
    pub archived: bool,
    /// The properties of each version.
    pub versions: Vec<(String, Value)>,
    /// Versions that were deleted, which cannot be made again.
    pub deleted: BTreeSet<String>,
}

/// An operation that goes on.
#[derive(Debug, Clone)]
pub struct Operation {
    /// How often it is still going when it is asked after.
    pub left: usize,
    /// Until when it goes on, however often it is asked after.
    pub until: Instant,
    /// How it ends.
    pub end: Value,
}

/// What the server holds.
pub struct World {
    /// Its own address.
    pub url: String,
    /// Address of the blobs' account, with the account in it.
    pub account: String,
    /// The container of the default datastore.
    pub container: String,
    /// A signature that allows to read and write the container `acme`.
    pub sas: String,
    /// The key of the account.
    pub key: String,
    /// How the default datastore is read: `AccountKey`, `Sas` or `None`.
    pub credentials: &'static str,
    /// Whether secrets of datastores may be listed.
    pub tells_secrets: bool,
    /// Tokens that are taken.
    pub tokens: BTreeSet<String>,
    /// Tokens that were given out.
    pub given: u64,
    /// Seconds that a token lasts.
    pub life: u64,
    /// How often a token of the job's identity was asked for.
    pub assertions: u64,
    /// Actions that are refused: `read`, `write`.
    pub forbidden: BTreeSet<&'static str>,
    /// The models of the workspace.
    pub models: BTreeMap<String, Container>,
    /// The models of each registry.
    pub shared: BTreeMap<String, BTreeMap<String, Container>>,
    /// The jobs of the workspace.
    pub jobs: BTreeMap<String, Value>,
    /// Operations that go on.
    pub operations: BTreeMap<String, Operation>,
    /// How often an operation is still going.
    pub slow: usize,
    /// How long an operation goes on, however often it is asked after.
    pub lasts: Duration,
    /// Whether it says when to come back.
    pub retry_after: Option<&'static str>,
    /// Whether calls of azure-ai-ml's own version of the API are taken.
    pub takes_preview: bool,
    /// Items on a page of a list.
    pub page: usize,
    /// Calls that no client should make.
    pub violations: Vec<String>,
}

impl World {
    /// Remembers a call against the rules.
    pub(super) fn violated(&mut self, call: &Call, why: &str) {
        self.violations.push(format!("{}: {why}", call.line()));
    }
}
