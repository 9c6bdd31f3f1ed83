//! The server: who may call what, in which version.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::errors::{absent, manager};
use super::models::Place;
use super::world::{
    Answer, CLIENT, GROUP, REGISTRIES, SECRET, SUBSCRIPTION, TENANT, WORKSPACE, World,
};
use super::{datastores, models, preview};
use crate::fake::{Call, Fake, Reply, Site};
use crate::stores::Store;

/// The key of the emulator's account, which everybody knows.
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// The version of the API.
pub(super) const API: &str = "2025-12-01";

/// Containers of the one Azurite that a process starts.
const CONTAINERS: usize = 128;

/// A running server with one workspace and one registry, whose blobs are in a real Azurite where
/// they are asked for.
pub struct AzureMlFake {
    fake: Fake<World>,
}

impl Deref for AzureMlFake {
    type Target = Fake<World>;

    fn deref(&self) -> &Fake<World> {
        &self.fake
    }
}

impl AzureMlFake {
    /// Starts it without blobs.
    pub fn start() -> Self {
        let nowhere = "http://127.0.0.1:1/devstoreaccount1";
        Self { fake: Fake::start(|url| world(url, nowhere, "")) }
    }

    /// Starts it with an empty container in Azurite, of which a process starts one.
    ///
    /// # Panics
    /// Azurite was not installed, or does not start; more containers than there are.
    pub fn with_blobs() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        assert!(next < CONTAINERS, "more containers than there are");
        Self::in_container(azurite(), &container(next))
    }

    /// The same for azure-ai-ml, too, whose versions of both APIs are others.
    ///
    /// # Panics
    /// As [`AzureMlFake::with_blobs`].
    pub fn for_azure_ai_ml() -> Self {
        static STORE: OnceLock<Store> = OnceLock::new();
        let store = STORE.get_or_init(|| containers(Store::azure_of_any_version));
        let made = Self::in_container(store, "acme");
        made.state().takes_preview = true;
        made
    }

    fn in_container(store: &Store, name: &str) -> Self {
        let account = format!("{}/devstoreaccount1", store.fact("url"));
        let signature = store.fact(&format!("write-{name}"));
        let made = Self { fake: Fake::start(|url| world(url, &account, signature)) };
        made.state().container = name.to_owned();
        made
    }

    /// Address of the blobs' account, with the account in it.
    pub fn account(&self) -> String {
        self.state().account.clone()
    }

    /// The variables of a process that logs in by a client secret.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.places();
        for (name, value) in [
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", CLIENT),
            ("AZURE_CLIENT_SECRET", SECRET),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        variables
    }

    /// The variables that say where everything is, without a login.
    pub fn places(&self) -> BTreeMap<String, String> {
        [
            ("AZURE_AUTHORITY_HOST", self.url.clone()),
            ("AZURE_RESOURCE_MANAGER_ENDPOINT", self.url.clone()),
            ("AZUREML_REGISTRY_DISCOVERY_ENDPOINT", self.url.clone()),
            ("AZURE_STORAGE_ENDPOINT", self.account()),
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", format!("{}/machine", self.url)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// # Panics
    /// Something was sent against the rules of the API.
    pub fn assert_no_violations(&self) {
        let violations = self.state().violations.clone();
        assert!(violations.is_empty(), "sent against the rules of the API: {violations:#?}");
    }
}

fn container(number: usize) -> String {
    format!("c{number:03}")
}

/// The one Azurite of this process; it ends with its input, which ends with the process.
fn azurite() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| containers(Store::azure))
}

fn containers(start: impl Fn(&[(&str, &[u8])]) -> Store) -> Store {
    let names = (0..CONTAINERS).map(container).chain(["acme".to_owned()]);
    let files: Vec<String> = names.map(|name| format!("{name}/README.txt")).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|name| (name.as_str(), b"a container".as_slice())).collect();
    start(&files)
}

fn world(url: &str, account: &str, sas: &str) -> World {
    World {
        url: url.to_owned(),
        account: account.to_owned(),
        container: "acme".to_owned(),
        sas: sas.to_owned(),
        key: KEY.to_owned(),
        credentials: "AccountKey",
        tells_secrets: true,
        tokens: Default::default(),
        given: 0,
        life: 3600,
        assertions: 0,
        forbidden: Default::default(),
        models: BTreeMap::new(),
        shared: BTreeMap::new(),
        jobs: BTreeMap::new(),
        operations: BTreeMap::new(),
        slow: 1,
        lasts: Default::default(),
        retry_after: None,
        takes_preview: false,
        page: 100,
        violations: Vec::new(),
    }
}

impl Site for World {
    fn answer(&mut self, call: &Call) -> Reply {
        match preview::stable(self, call) {
            Some(stable) => preview::told(self.route(&stable).unwrap_or_else(|refused| refused)),
            None => self.route(call).unwrap_or_else(|refused| refused),
        }
    }
}

impl World {
    fn route(&mut self, call: &Call) -> Answer {
        let call_owned = call.clone();
        let segments: Vec<&str> = call_owned.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["oidc"] => self.oidc(call),
            [tenant, "oauth2", "v2.0", "token"] => self.token(call, tenant),
            ["machine", "metadata", "identity", "oauth2", "token"] | ["service"] => {
                self.machine(call)
            }
            ["registrymanagement", "v1.0", "registries", name, "discovery"] => self.discovery(name),
            _ => self.managed(call, &segments),
        }
    }

    fn discovery(&self, name: &str) -> Answer {
        if !REGISTRIES.contains(&name) {
            return Err(absent("RegistryNotFound", &format!("no registry {name}")));
        }
        Ok(Reply::json(
            200,
            &json!({
                "registryName": name, "registryId": "r-1", "tenantId": TENANT,
                "primaryRegion": "eastus2", "regions": ["eastus2"], "subscriptionId": SUBSCRIPTION,
                "resourceGroup": GROUP, "primaryRegionResourceProviderUri": format!("{}/", self.url),
            }),
        ))
    }

    fn managed(&mut self, call: &Call, segments: &[&str]) -> Answer {
        let token = call.header("authorization").and_then(|a| a.strip_prefix("Bearer "));
        if !token.is_some_and(|t| t.starts_with("manager-") && self.tokens.contains(t)) {
            let words = "The access token is invalid or expired.";
            return Err(manager(401, "ExpiredAuthenticationToken", words));
        }
        if call.asked("api-version") != Some(API) {
            self.violated(call, "another version of the API");
        }
        if !call.body.is_empty() && call.header("content-type") != Some("application/json") {
            self.violated(call, "no JSON");
        }
        let ["subscriptions", subscription, rest @ ..] = segments else {
            self.violated(call, "no such path");
            return Err(manager(404, "NotFound", "no such path"));
        };
        if *subscription != SUBSCRIPTION {
            let words = format!("The subscription '{subscription}' could not be found.");
            return Err(manager(404, "SubscriptionNotFound", &words));
        }
        if let ["providers", _, "locations", _, "mfeOperationsStatus", id] = rest {
            return self.operation(call, id);
        }
        self.in_group(call, rest)
    }

    fn in_group(&mut self, call: &Call, rest: &[&str]) -> Answer {
        let ["resourceGroups", group, "providers", provider, kind, name, rest @ ..] = rest else {
            self.violated(call, "no such path");
            return Err(manager(404, "NotFound", "no such path"));
        };
        if *group != GROUP {
            let words = format!("Resource group '{group}' could not be found.");
            return Err(manager(404, "ResourceGroupNotFound", &words));
        }
        let action = if matches!(call.method.as_str(), "GET") { "read" } else { "write" };
        if self.forbidden.contains(action) {
            let words =
                format!("The client 'x' does not have authorization to perform action '{action}'");
            return Err(manager(403, "AuthorizationFailed", &words));
        }
        let base = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/{provider}/{kind}/{name}"
        );
        match (*kind, *name, rest) {
            ("workspaces", WORKSPACE, []) => Ok(Reply::json(200, &self.workspace(&base))),
            ("workspaces", WORKSPACE, ["datastores", rest @ ..]) => {
                datastores::answer(self, call, rest, &base)
            }
            ("workspaces", WORKSPACE, ["models", rest @ ..]) => {
                models::answer(self, call, rest, &Place { base: &base, registry: None })
            }
            ("workspaces", WORKSPACE, ["jobs", name]) => match self.jobs.get(*name) {
                Some(job) => Ok(Reply::json(200, job)),
                None => Err(absent("JobNotFound", &format!("Job {name} not found."))),
            },
            ("registries", name, ["tempdatarefs", _, "versions", _])
                if REGISTRIES.contains(&name) && self.takes_preview && call.method == "PUT" =>
            {
                preview::upload(self)
            }
            ("registries", name, ["models", rest @ ..]) if REGISTRIES.contains(&name) => {
                models::answer(self, call, rest, &Place { base: &base, registry: Some(name) })
            }
            ("registries", name, ["datareferences", model, "versions", version])
                if REGISTRIES.contains(&name) && call.method == "POST" =>
            {
                let place = Place { base: &base, registry: Some(name) };
                models::files(self, call, (model, version), &place)
            }
            _ => {
                let words = format!(
                    "The Resource 'Microsoft.MachineLearningServices/{kind}/{name}' under resource \
                     group '{GROUP}' was not found."
                );
                Err(manager(404, "ResourceNotFound", &words))
            }
        }
    }

    fn workspace(&self, base: &str) -> serde_json::Value {
        json!({
            "id": base,
            "name": WORKSPACE,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "location": "eastus2",
            "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
            "properties": {
                "workspaceId": "11111111-1111-1111-1111-111111111111",
                "discoveryUrl": format!("{}/discovery", self.url),
                "mlFlowTrackingUri": format!("azureml://{}/mlflow/v1.0{base}", self.url),
                "storageAccount": "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/devstoreaccount1",
                "provisioningState": "Succeeded",
                "publicNetworkAccess": "Enabled",
                "workspaceHubConfig": null,
            },
            "systemData": models::system_data(),
        })
    }
}
