use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use outerloop_core::adapters::azure::login::{AzureLogin, Connection, Surroundings};
use outerloop_core::domain::error::{ErrorKind, Result};
use outerloop_tests::azure_devops::{AzureDevOpsFake, OIDC_TOKEN, sign_in_page};
use outerloop_tests::fake::{Call, Fake, Fault, Reply, Rule, Site};
use serde_json::json;

use crate::setting::Patient;

/// What was hidden and said while a login was made.
#[derive(Default)]
struct Heard {
    masked: Arc<Mutex<Vec<String>>>,
    said: Mutex<Vec<String>>,
}

impl Heard {
    fn login(&self, connection: &Connection, temp: &Path) -> Result<AzureLogin> {
        let masked = Arc::clone(&self.masked);
        let around = Surroundings {
            temp,
            clock: Patient::new(),
            mask: Arc::new(move |secret: &str| masked.lock().unwrap().push(secret.to_owned())),
            say: &|text: &str| self.said.lock().unwrap().push(text.to_owned()),
        };
        AzureLogin::make(connection, &around)
    }
}

fn connection(fake: &AzureDevOpsFake, id: &str, scheme: &str) -> Result<Connection> {
    let mut variables = fake.variables();
    for (name, value) in [
        ("ENDPOINT_AUTH_SCHEME_", scheme),
        ("ENDPOINT_AUTH_PARAMETER_{}_TENANTID", "t-1"),
        ("ENDPOINT_AUTH_PARAMETER_{}_SERVICEPRINCIPALID", "c-1"),
        ("ENDPOINT_AUTH_PARAMETER_{}_SERVICEPRINCIPALKEY", "k3y"),
        ("ENDPOINT_DATA_{}_SUBSCRIPTIONID", "s-1"),
    ] {
        let name = if name.contains("{}") { name.replace("{}", id) } else { format!("{name}{id}") };
        variables.insert(name, value.to_owned());
    }
    Connection::of_azure_pipelines(&|name| variables.get(name).cloned(), id)
}

fn variables(login: &AzureLogin) -> BTreeMap<&str, Option<&OsStr>> {
    login.variables().iter().map(|(name, value)| (*name, value.as_deref())).collect()
}

#[test]
fn a_federated_connection_gives_a_file_with_the_jobs_own_token() {
    let fake = AzureDevOpsFake::start();
    let temp = tempfile::tempdir().unwrap();
    let heard = Heard::default();
    let connection = connection(&fake, "0a-1b", "WorkloadIdentityFederation").unwrap();
    let login = heard.login(&connection, temp.path()).unwrap();
    let set = variables(&login);
    assert_eq!(set["AZURE_TENANT_ID"], Some(OsStr::new("t-1")));
    assert_eq!(set["AZURE_CLIENT_ID"], Some(OsStr::new("c-1")));
    assert_eq!(set["AZURE_SUBSCRIPTION_ID"], Some(OsStr::new("s-1")));
    assert_eq!(set["AZURE_CLIENT_SECRET"], None, "it must not be left over from another login");
    let file = Path::new(set["AZURE_FEDERATED_TOKEN_FILE"].unwrap()).to_owned();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), OIDC_TOKEN);
    assert_eq!(*heard.masked.lock().unwrap(), [OIDC_TOKEN]);
    assert!(heard.said.lock().unwrap()[0].contains("sc://acme"));
    assert!(!format!("{login:?} {connection:?}").contains(OIDC_TOKEN));
    drop(login);
    assert!(!file.exists());
    assert_eq!(fake.state().oidc_asked, 1);
    fake.assert_no_violations();
}

#[test]
fn a_service_principal_gives_its_secret_and_asks_nobody() {
    let fake = AzureDevOpsFake::start();
    let temp = tempfile::tempdir().unwrap();
    let heard = Heard::default();
    let connection = connection(&fake, "0a-1b", "ServicePrincipal").unwrap();
    let login = heard.login(&connection, temp.path()).unwrap();
    assert_eq!(variables(&login)["AZURE_CLIENT_SECRET"], Some(OsStr::new("k3y")));
    assert_eq!(variables(&login)["AZURE_FEDERATED_TOKEN_FILE"], None);
    assert_eq!(*heard.masked.lock().unwrap(), ["k3y"]);
    assert!(!format!("{login:?}").contains("k3y"));
    assert_eq!(fake.take_calls().len(), 0);
}

#[test]
fn a_cut_connection_is_tried_again_and_a_refusal_says_what_to_do() {
    let fake = AzureDevOpsFake::start();
    let temp = tempfile::tempdir().unwrap();
    let heard = Heard::default();
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::Instead(Reply::empty(503))] {
        fake.inject(Rule::next(fault));
        let connection = connection(&fake, "0a-1b", "WorkloadIdentityFederation").unwrap();
        heard.login(&connection, temp.path()).unwrap();
    }
    let unknown = connection(&fake, "unknown", "WorkloadIdentityFederation").unwrap();
    let error = heard.login(&unknown, temp.path()).unwrap_err();
    assert!(error.hint_text().unwrap().contains("Service connections > Security"), "{error}");
    fake.inject(Rule::next(Fault::Instead(sign_in_page(203))));
    let connection = connection(&fake, "0a-1b", "WorkloadIdentityFederation").unwrap();
    assert_eq!(heard.login(&connection, temp.path()).unwrap_err().kind(), ErrorKind::Permission);
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
}

/// GitHub's maker of tokens.
struct Maker;

impl Site for Maker {
    fn answer(&mut self, call: &Call) -> Reply {
        let asked = (call.asked("api-version"), call.asked("audience"));
        if call.header("authorization") != Some("Bearer ask") {
            return Reply::empty(401);
        }
        match asked {
            (Some("2.0"), Some("api://AzureADTokenExchange")) if call.method == "GET" => {
                Reply::json(200, &json!({"count": 1, "value": OIDC_TOKEN}))
            }
            _ => Reply::empty(400),
        }
    }
}

#[test]
fn a_workflow_of_github_actions_logs_in_with_its_own_token() {
    let maker = Fake::start(|_| Maker);
    let temp = tempfile::tempdir().unwrap();
    let url = format!("{}/token?api-version=2.0", maker.url);
    let asking = |token: &'static str| {
        let url = url.clone();
        move |name: &str| match name {
            "AZURE_TENANT_ID" | "AZURE_CLIENT_ID" => Some("x-1".to_owned()),
            "ACTIONS_ID_TOKEN_REQUEST_URL" => Some(url.clone()),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some(token.to_owned()),
            _ => None,
        }
    };
    let connection = Connection::of_github_actions(&asking("ask"), "s-1").unwrap();
    let login = Heard::default().login(&connection, temp.path()).unwrap();
    let file = variables(&login)["AZURE_FEDERATED_TOKEN_FILE"].unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), OIDC_TOKEN);
    let refused = Connection::of_github_actions(&asking("other"), "s-1").unwrap();
    let error = Heard::default().login(&refused, temp.path()).unwrap_err();
    assert!(error.hint_text().unwrap().contains("id-token: write"), "{error}");
}
