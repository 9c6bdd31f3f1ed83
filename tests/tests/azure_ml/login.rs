//! Each way of logging in, which one is taken, and what is said when it fails.

use std::collections::BTreeMap;
use std::time::Duration;

use outerloop_core::adapters::azure::identity::{Audience, Choice};
use outerloop_core::domain::error::{Error, ErrorKind};
use outerloop_core::ports::clock::Clock as _;
use outerloop_tests::azure_ml::recordings::recording;
use outerloop_tests::azure_ml::{AzureMlFake, CLIENT, SECRET, TENANT};
use serde_json::json;

use crate::setting::{StillClock, tokens};

/// An RSA key of 2048 bits with a certificate, made for this test alone.
const CERTIFICATE: &str = include_str!("../../azure_ml/certificate.pem");

fn with(fake: &AzureMlFake, changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut variables = fake.places();
    for (name, value) in changed {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    variables
}

const APPLICATION: [(&str, &str); 2] = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)];

fn job(fake: &AzureMlFake) -> BTreeMap<String, String> {
    let url = format!("{}/oidc?api-version=2.0", fake.url);
    let github = [
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "rt"),
    ];
    with(fake, &[&APPLICATION[..], &github].concat())
}

fn token(variables: &BTreeMap<String, String>) -> Result<String, Error> {
    let (tokens, _) = tokens(variables, &StillClock::new())?;
    tokens.token(Audience::ResourceManager).map(|t| t.expose().to_owned())
}

#[test]
fn a_job_of_github_logs_in_as_it_was_recorded() {
    let fake = AzureMlFake::start();
    assert!(token(&job(&fake)).expect("a token").starts_with("manager-token-"));
    let calls = fake.take_calls();
    let recorded = &recording("entra_github_oidc")[..2];
    for (call, recorded) in calls.iter().zip(recorded) {
        assert_eq!((&call.method, &call.path), (&recorded.method, &recorded.path));
    }
    assert_eq!(calls[0].query, recorded[0].query);
    let form = String::from_utf8_lossy(&calls[1].body).into_owned();
    let form = outerloop_tests::fake::Call::new("", "", &form, BTreeMap::new(), vec![]).query;
    let mut sent = serde_json::to_value(form).expect("text");
    // The one difference: whose assertion it is.
    sent["client_assertion"] = json!("gh.oidc.jwt");
    assert_eq!(sent, recorded[1].body);
    fake.assert_no_violations();
}

#[test]
fn a_token_is_kept_until_shortly_before_its_end_and_then_asked_for_with_a_new_assertion() {
    let fake = AzureMlFake::start();
    let clock = StillClock::new();
    let (tokens, hidden) = tokens(&job(&fake), &clock).expect("a login");
    let get = |audience| tokens.token(audience).expect("a token").expose().to_owned();
    let first = get(Audience::ResourceManager);
    clock.sleep(Duration::from_secs(3299));
    assert_eq!(get(Audience::ResourceManager), first);
    clock.sleep(Duration::from_secs(2));
    assert_ne!(get(Audience::ResourceManager), first);
    assert!(get(Audience::Storage).starts_with("storage-token-"));
    assert_eq!(fake.state().assertions, 3);
    let hidden = hidden.lock().expect("held").clone();
    assert!(hidden.contains(&first) && hidden.len() == 6, "{hidden:?}");
    let other = tokens.token(Audience::Storage).expect("a token");
    let renewed = tokens.instead_of(&other, Audience::Storage).expect("a token");
    assert_ne!(renewed, other);
    // A token that was replaced already is not replaced again.
    assert_eq!(tokens.instead_of(&other, Audience::Storage).expect("a token"), renewed);
}

#[test]
fn a_token_that_lives_shortly_is_used_for_half_of_its_life() {
    let fake = AzureMlFake::start();
    fake.state().life = 60;
    let clock = StillClock::new();
    let (tokens, _) = tokens(&fake.variables(), &clock).expect("a login");
    let get = || tokens.token(Audience::ResourceManager).expect("a token");
    let first = get();
    clock.sleep(Duration::from_secs(29));
    assert_eq!(get(), first);
    clock.sleep(Duration::from_secs(2));
    assert_ne!(get(), first);
}

#[test]
fn a_secret_a_certificate_and_a_file_log_in_too() {
    let fake = AzureMlFake::start();
    token(&fake.variables()).expect("by a secret");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "a.b.c\n").expect("writes");
    let path = file.display().to_string();
    let by_file = [&APPLICATION[..], &[("AZURE_FEDERATED_TOKEN_FILE", &path)]].concat();
    token(&with(&fake, &by_file)).expect("by a file");
    let sent = String::from_utf8_lossy(&fake.take_calls()[1].body).into_owned();
    assert!(sent.contains("client_assertion=a.b.c&"), "{sent}");
    std::fs::write(&file, CERTIFICATE).expect("writes");
    let by_key = [&APPLICATION[..], &[("AZURE_CLIENT_CERTIFICATE_PATH", &path)]].concat();
    token(&with(&fake, &by_key)).expect("by a certificate");
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
        std::fs::write(&file, broken).expect("writes");
        let error = token(&with(&fake, &by_key)).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(&path), "{error}");
    }
    fake.assert_no_violations();
}

#[test]
fn machines_log_in_by_themselves() {
    let fake = AzureMlFake::start();
    token(&fake.places()).expect("a virtual machine");
    assert!(fake.take_calls()[0].path.starts_with("/machine/metadata/identity"));
    let url = format!("{}/service", fake.url);
    let service = [("IDENTITY_ENDPOINT", url.as_str()), ("IDENTITY_HEADER", "header-value")];
    token(&with(&fake, &service)).expect("a service");
    let unknown = [&service[..], &[("AZURE_CLIENT_ID", "other")]].concat();
    let error = token(&with(&fake, &unknown)).expect_err("no such identity");
    assert!(error.hint_text().expect("a hint").contains("AZURE_CLIENT_ID"), "{error}");
}

#[test]
fn the_login_that_is_taken_can_be_explained() {
    let fake = AzureMlFake::start();
    let find = |variables: &BTreeMap<String, String>| {
        Choice::find(&|name: &str| variables.get(name).cloned(), None)
    };
    let secret = find(&fake.variables()).expect("a login");
    assert_eq!(secret.why, "AZURE_CLIENT_SECRET is set");
    assert!(secret.way.to_string().contains(CLIENT) && !format!("{secret:?}").contains(SECRET));
    let job = job(&fake);
    let taken = find(&job).expect("a login");
    assert_eq!(taken.passed.len(), 3, "{:?}", taken.passed);
    assert!(taken.way.to_string().contains("GitHub Actions"));
    let mut silent = job.clone();
    silent.remove("ACTIONS_ID_TOKEN_REQUEST_URL");
    let taken = find(&silent).expect("the machine");
    assert!(taken.passed.iter().any(|why| why.contains("id-token: write")), "{:?}", taken.passed);
    let mut only = fake.variables();
    only.insert("AZURE_TOKEN_CREDENTIALS".to_owned(), "ManagedIdentityCredential".to_owned());
    assert!(find(&only).expect("a login").way.to_string().contains("virtual machine"));
    only.insert("AZURE_TOKEN_CREDENTIALS".to_owned(), "AzureCliCredential".to_owned());
    let none = find(&only).expect_err("no az");
    assert_eq!(none.kind(), ErrorKind::Permission);
    only.insert("AZURE_TOKEN_CREDENTIALS".to_owned(), "magic".to_owned());
    assert_eq!(find(&only).expect_err("unknown").kind(), ErrorKind::Usage);
}

#[test]
fn a_refused_login_says_what_to_do_and_shows_no_secret() {
    let fake = AzureMlFake::start();
    let changed = |name: &str, value: &str| {
        let mut variables = fake.variables();
        variables.insert(name.to_owned(), value.to_owned());
        let error = token(&variables).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(error.to_string().contains("0f0f0f0f-1111"), "no correlation id: {error}");
        let hint = error.hint_text().expect("a hint").to_owned();
        (error.to_string(), hint)
    };
    let (message, hint) = changed("AZURE_CLIENT_SECRET", "wr0ng");
    assert!(message.contains("AADSTS7000215") && !message.contains("wr0ng"), "{message}");
    assert!(hint.contains("AZURE_CLIENT_SECRET"), "{hint}");
    assert!(changed("AZURE_CLIENT_ID", "nobody").1.contains("AZURE_CLIENT_ID"));
    assert!(changed("AZURE_TENANT_ID", "nowhere").1.contains("no tenant nowhere"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    // The subject is read out of the assertion: {"sub":"repo:acme/churn"}.
    std::fs::write(&file, "a.eyJzdWIiOiJyZXBvOmFjbWUvY2h1cm4ifQ.wrong").expect("writes");
    let path = file.display().to_string();
    let by_file = [&APPLICATION[..], &[("AZURE_FEDERATED_TOKEN_FILE", &path)]].concat();
    let error = token(&with(&fake, &by_file)).expect_err("refused");
    assert!(error.hint_text().expect("a hint").contains("repo:acme/churn"), "{error}");
}

/// What stands for the Azure CLI: prints a token, or refuses.
#[cfg(unix)]
#[test]
fn the_azure_cli_is_asked_where_nothing_else_is_set() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let az = folder.path().join("az");
    let write = |script: &str| {
        std::fs::write(&az, script).expect("writes");
        std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).expect("may run");
    };
    let ends = jiff::Timestamp::now().as_second() + 3600;
    write(&format!(
        "#!/bin/sh\n[ \"$6\" = https://management.azure.com ] || exit 9\n\
         echo '{{\"accessToken\": \"cli-token\", \"expires_on\": {ends}, \"tokenType\": \"Bearer\"}}'\n"
    ));
    let path = folder.path().display().to_string();
    let variables = BTreeMap::from([("PATH".to_owned(), path)]);
    assert_eq!(token(&variables).expect("a token"), "cli-token");
    write("#!/bin/sh\necho 'WARNING: x' >&2\necho \"ERROR: Please run 'az login'\" >&2\nexit 1\n");
    let error = token(&variables).expect_err("refused");
    assert!(error.to_string().contains("Please run 'az login'"), "{error}");
    assert!(error.hint_text().expect("a hint").contains("az login"));
}
