//! Who may do what on a server with logins, and whom to believe that it is the server.

use outerloop_tests::Ran;
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::MlflowServer;
use serde_json::{Value, json};

use crate::setting::{at, package, run};

/// A password that MLflow takes.
const PASSWORD: &str = "a long password";

fn user(name: &str) -> [(&str, &str); 2] {
    [("MLFLOW_TRACKING_USERNAME", name), ("MLFLOW_TRACKING_PASSWORD", PASSWORD)]
}

fn admin(mlflow: &MlflowServer, method: &str, path: &str, body: &Value) -> Value {
    let login = Some(("admin", mlflow.fact("password")));
    let answer = mlflow.call_as(login, method, path, body);
    assert!(answer.is_object() && answer["error_code"].is_null(), "{path}: {answer}");
    answer
}

/// Gives bob a permission.
fn grant(mlflow: &MlflowServer, kind: &str, id: &Value, permission: &str) {
    let body = json!({
        "username": "bob", "resource_type": kind, "resource_id": id, "permission": permission,
    });
    admin(mlflow, "POST", "3.0/mlflow/users/permissions/grant", &body);
}

fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_server_with_logins_and_a_certificate_of_its_own_says_what_is_missing() {
    let mlflow = MlflowServer::with(&["--logins", "--tls"], &[]);
    for name in ["ada", "bob"] {
        let body = json!({"username": name, "password": PASSWORD});
        admin(&mlflow, "POST", "2.0/mlflow/users/create", &body);
    }
    permissions(&mlflow);
    half_way(&mlflow);
    certificates(&mlflow);
}

/// Which permission, on what.
fn permissions(mlflow: &MlflowServer) {
    let workshop = at(mlflow.url(), "acme");
    package(&workshop, "first", 100);
    let register = ["register", "--json"];
    for (variables, word) in [
        (&[][..], "does not accept the login"),
        (
            &[("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "wrong")][..],
            "does not accept the login",
        ),
        (&[("MLFLOW_TRACKING_TOKEN", "wrong")][..], "does not accept the login"),
        (&[("MLFLOW_TRACKING_USERNAME", "ada")][..], "MLFLOW_TRACKING_PASSWORD is not"),
    ] {
        let ran = run(&workshop, &register, variables);
        assert_ne!(ran.code, 0);
        says(&ran, &[word, "MLFLOW_TRACKING_"]);
        assert!(!ran.stderr.contains("wrong"), "{}", ran.stderr);
    }

    // Who makes a model owns it, and so it is with the experiment.
    let made = run(&workshop, &register, &user("ada")).exits(0).json();
    assert_eq!((&made["version"], &made["created"]), (&json!("1.0.0"), &json!(true)));
    run(&workshop, &["promote", "acme@1.0.0", "--to", "champion"], &user("ada")).exits(0);

    // Everybody may read.
    let shown = run(&workshop, &["show", "acme", "--json"], &user("bob")).exits(0);
    assert!(shown.stdout.contains("1.0.0"), "{}", shown.stdout);
    let promote = ["promote", "acme@1.0.0", "--to", "challenger"];
    let refused = run(&workshop, &promote, &user("bob")).exits(3);
    says(&refused, &["may not do that", "EDIT", "`acme`"]);
    package(&workshop, "second", 100);
    let refused = run(&workshop, &register, &user("bob")).exits(3);
    says(&refused, &["may not do that", "EDIT", "`outerloop`"]);

    let named = "2.0/mlflow/experiments/get-by-name?experiment_name=outerloop";
    let found = admin(mlflow, "GET", named, &Value::Null);
    grant(mlflow, "experiment", &found["experiment"]["experiment_id"], "EDIT");
    let refused = run(&workshop, &register, &user("bob")).exits(3);
    says(&refused, &["may not do that", "EDIT", "`acme`"]);
    grant(mlflow, "registered_model", &json!("acme"), "EDIT");
    let made = run(&workshop, &register, &user("bob")).exits(0).json();
    assert_eq!(made["version"], "1.1.0", "{made}");
    run(&workshop, &promote, &user("bob")).exits(0);

    let body =
        json!({"username": "bob", "resource_type": "registered_model", "resource_id": "acme"});
    admin(mlflow, "POST", "3.0/mlflow/users/permissions/revoke", &body);
    grant(mlflow, "registered_model", &json!("acme"), "DENY");
    let refused = run(&workshop, &["show", "acme"], &user("bob")).exits(3);
    says(&refused, &["may not do that", "READ", "`acme`"]);
    let verified =
        run(&workshop, &["history", "acme", "--verify", "--json"], &user("ada")).exits(0);
    assert_eq!(verified.json()["verified"], true);
}

/// A login that expires at any call of a register: the next one completes it.
fn half_way(mlflow: &MlflowServer) {
    let mut met = 0;
    for after in [0, 2, 5, 8, 12, 16] {
        let proxy = Forward::before(mlflow.url());
        let workshop = at(&proxy.url, &format!("half-{after}"));
        package(&workshop, &format!("half-{after}"), 100);
        // From then on, until somebody logs in again.
        proxy.inject(Rule::next(Fault::Instead(Reply::empty(401))).after(after).times(1000));
        let expired = run(&workshop, &["register"], &user("ada"));
        if expired.code != 0 {
            met += 1;
            expired.exits(3);
        }
        proxy.heal();
        let again = run(&workshop, &["register", "--json"], &user("ada")).exits(0).json();
        assert_eq!(again["version"], "1.0.0");
        let history = run(
            &workshop,
            &["history", &format!("half-{after}"), "--verify", "--json"],
            &user("ada"),
        );
        let history = history.exits(0).json();
        assert_eq!(history["verified"], true, "{history}");
        assert_eq!(history["events"].as_array().map(Vec::len), Some(1), "{history}");
    }
    assert!(met >= 5, "{met}");
}

/// An authority that nobody here knows.
fn certificates(mlflow: &MlflowServer) {
    let workshop = at(mlflow.fact("https"), "acme");
    let show = ["show", "acme", "--json"];
    let unknown = run(&workshop, &show, &user("ada")).exits(3);
    says(&unknown, &["certificate", "SSL_CERT_FILE"]);
    assert!(!unknown.stderr.contains(PASSWORD));
    for name in ["SSL_CERT_FILE", "MLFLOW_TRACKING_SERVER_CERT_PATH"] {
        let login = user("ada");
        let variables = [login[0], login[1], (name, mlflow.fact("authority"))];
        let known = run(&workshop, &show, &variables).exits(0);
        assert!(known.stdout.contains("1.1.0"), "{name}: {}", known.stdout);
    }
    let login = user("ada");
    let anyone = [login[0], login[1], ("MLFLOW_TRACKING_INSECURE_TLS", "true")];
    let warned = run(&workshop, &show, &anyone).exits(0);
    says(&warned, &["MLFLOW_TRACKING_INSECURE_TLS", "no certificate is checked"]);
    workshop.write("none.pem", "no certificate");
    let bad = [login[0], login[1], ("MLFLOW_TRACKING_SERVER_CERT_PATH", "none.pem")];
    let bad = run(&workshop, &show, &bad);
    assert!(bad.code != 0 && bad.stderr.contains("-----BEGIN CERTIFICATE-----"), "{}", bad.stderr);
}
