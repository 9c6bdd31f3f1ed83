//! Data on Azure Blob Storage, read by the identity that the environment names: no step before has to
//! fetch a token.

use std::collections::BTreeMap;

use outerloop_tests::azure_ml::AzureMlFake;
use outerloop_tests::fake::{Call, Fake, Reply, Site};
use outerloop_tests::{Ran, Workshop};

const ROWS: &str = "age,town\n31,Bonn\n42,Ulm\n53,Bonn\n";

/// An account that opens its one file to tokens for storage, and to nobody else.
struct Account;

impl Site for Account {
    fn answer(&mut self, call: &Call) -> Reply {
        let refused = |status: u16, code: &str| {
            let xml = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
            Reply::bytes(status, "application/xml", xml.into_bytes())
                .header("x-ms-request-id", "r-1")
                .header("x-ms-error-code", code)
        };
        match (call.header("authorization"), call.path.as_str()) {
            (None, _) => refused(409, "PublicAccessNotPermitted"),
            (Some(login), "/data/rows.csv") if login.starts_with("Bearer storage-token-") => {
                Reply::bytes(200, "text/csv", ROWS.as_bytes().to_vec())
                    .header("x-ms-request-id", "r-1")
                    .header("etag", "\"1\"")
            }
            (Some(login), _) if login.starts_with("Bearer storage-token-") => {
                refused(404, "BlobNotFound")
            }
            _ => refused(401, "InvalidAuthenticationInfo"),
        }
    }
}

struct Scene {
    azure: AzureMlFake,
    account: Fake<Account>,
    workshop: Workshop,
}

impl Scene {
    fn new() -> Self {
        let (azure, account) = (AzureMlFake::start(), Fake::start(|_| Account));
        Self { azure, account, workshop: Workshop::new() }
    }

    fn profile(&self, login: BTreeMap<String, String>, address: &str) -> Ran {
        let mut variables = login;
        variables.insert("AZURE_STORAGE_ACCOUNT_NAME".to_owned(), "acme".to_owned());
        variables.insert("AZURE_STORAGE_ENDPOINT".to_owned(), self.account.url.clone());
        let command = ["profile", address, "--out", "rows.profile.json", "--json"];
        Workshop::ran(self.workshop.command(&command).envs(variables))
    }
}

#[test]
fn an_identity_opens_data_where_no_variable_is_a_login() {
    let scene = Scene::new();
    let read = scene.profile(scene.azure.variables(), "az://data/rows.csv").exits(0);
    assert_eq!(read.json()["rows"], 3);
    let absent = scene.profile(scene.azure.variables(), "az://data/other.csv");
    absent.exits(2).says("az://data/other.csv");
    // An identity that cannot log in is an error, and not a call without a login.
    scene.account.take_calls();
    let mut wrong = scene.azure.variables();
    wrong.insert("AZURE_CLIENT_SECRET".to_owned(), "wr0ng".to_owned());
    scene.profile(wrong, "az://data/rows.csv").exits(3).says("AADSTS7000215");
    assert_eq!(scene.account.take_calls().len(), 0);
    scene.azure.assert_no_violations();
}

#[test]
fn a_variable_of_the_storage_comes_first_and_nothing_named_is_nobody() {
    let scene = Scene::new();
    let mut token = scene.azure.variables();
    token.insert("AZURE_STORAGE_TOKEN".to_owned(), "storage-token-own".to_owned());
    scene.profile(token, "az://data/rows.csv").exits(0);
    let calls = scene.account.take_calls();
    assert!(!calls.is_empty());
    assert!(calls.iter().all(|c| c.header("authorization") == Some("Bearer storage-token-own")));
    assert_eq!(scene.azure.take_calls().len(), 0);
    // What the machine happens to have, such as an identity of its own, is not tried unasked.
    let nobody = scene.profile(scene.azure.places(), "az://data/rows.csv");
    nobody.exits(3).says("AZURE_STORAGE_TOKEN");
    let calls = scene.account.take_calls();
    assert!(!calls.is_empty());
    assert!(calls.iter().all(|call| call.header("authorization").is_none()));
    assert_eq!(scene.azure.take_calls().len(), 0);
    let mut asked = scene.azure.places();
    asked.insert("AZURE_TOKEN_CREDENTIALS".to_owned(), "ManagedIdentityCredential".to_owned());
    scene.profile(asked, "az://data/rows.csv").exits(0);
}
