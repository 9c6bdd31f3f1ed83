//! Data on object stores that run here and check what they are sent.

use std::io::Write as _;

use outerloop_tests::stores::Store;
use outerloop_tests::{Ran, Workshop, repository_file};

const ROWS: &str = "label,score\n1,0.9\n0,0.2\n1,0.7\n0,0.1\n";
/// What a store would rather not have in a name.
const ODD: &str = "a b+c&d=é.csv";

/// The files of each store.
fn files() -> Vec<(String, Vec<u8>)> {
    let parquet = repository_file("examples/employment/data/2018-households.parquet");
    let parquet = std::fs::read(parquet).expect("reads");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    packed.write_all(ROWS.as_bytes()).expect("packs");
    let packed = packed.finish().expect("packs");
    let mut files = vec![
        ("acme/households.parquet".to_owned(), parquet),
        ("acme/scores.csv.gz".to_owned(), packed),
        (format!("acme/odd/{ODD}"), ROWS.into()),
        ("acme/logs/_SUCCESS".to_owned(), Vec::new()),
        ("public/scores.csv".to_owned(), ROWS.into()),
    ];
    for day in ["2026-11-01", "2026-11-02", "2026-12-01"] {
        files.push((format!("acme/logs/{day}/part-0.csv"), ROWS.into()));
    }
    files
}

/// Starts a store that holds these files.
type Start = fn(&[(&str, &[u8])]) -> Store;

fn started(start: Start) -> Store {
    let files = files();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    start(&files)
}

fn run(workshop: &Workshop, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = workshop.command(arguments);
    let ran = Workshop::ran(command.envs(variables.iter().copied()));
    assert!(!format!("{ran:?}").contains(".outerloop/fetched"), "{ran:?}");
    ran
}

fn rows(scheme: &str, path: &str, variables: &[(&str, &str)], rows: &str) {
    let workshop = Workshop::new();
    let ran = run(&workshop, &["evaluate", &format!("{scheme}://{path}")], variables).exits(0);
    assert!(ran.stdout.contains(&format!("{rows} rows, binary")), "{ran:?}");
}

/// Every kind of file, folders and patterns, with a login that may read.
fn everything(scheme: &str, variables: &[(&str, &str)]) {
    rows(scheme, "acme/scores.csv.gz", variables, "4");
    rows(scheme, &format!("acme/odd/{ODD}"), variables, "4");
    rows(scheme, "acme/odd/", variables, "4");
    rows(scheme, "acme/logs/", variables, "12");
    rows(scheme, "acme/logs/2026-11-*/part-*.csv", variables, "8");
    rows(scheme, "acme/**/part-0.csv", variables, "12");
    let workshop = Workshop::new();
    let parquet = format!("{scheme}://acme/households.parquet");
    let ran = run(&workshop, &["compare", &parquet, &parquet], variables).exits(0);
    assert!(ran.stdout.contains("drifted over"), "{ran:?}");
    let none = format!("{scheme}://acme/none.csv");
    let ran = run(&workshop, &["evaluate", &none], variables).exits(2);
    ran.says(&none).says("404").says("hint:");
    let none = format!("{scheme}://acme/none-*.csv");
    run(&workshop, &["evaluate", &none], variables)
        .exits(2)
        .says(&format!("no file matches {none}"));
    let bucket = format!("{scheme}://nobody/scores.csv");
    run(&workshop, &["evaluate", &bucket], variables).exits(2).says("404").says("hint:");
    let wrong = format!("{scheme}://acme/scores.csv.gz");
    let ran = run(&workshop, &["evaluate", &wrong, "--label", "other"], variables).exits(2);
    ran.says(&format!("{wrong} has no column `other`"));
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn azure_with_a_key_a_signature_and_nobody() {
    let store = started(Store::azure);
    let azurite =
        [("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", store.fact("url"))];
    everything("az", &azurite);
    let workshop = Workshop::new();
    let with = |name: &'static str, value: &str| {
        let mut command = workshop.command(&["evaluate", "az://acme/scores.csv.gz"]);
        let ran = Workshop::ran(command.envs(azurite).env(name, value));
        assert!(!format!("{ran:?}").contains("sig="), "{ran:?}");
        ran
    };
    let sas = "AZURE_STORAGE_SAS_TOKEN";
    with(sas, store.fact("sas")).exits(0);
    with(sas, store.fact("over")).exits(3).says("ended at 2020-01-01T00:00:00Z");
    with(sas, store.fact("other")).exits(3).says("403");
    with("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=").exits(3).says("403").says("not the account's");
    let signed = format!("{}/devstoreaccount1/acme/scores.csv.gz", store.fact("url"));
    let address = format!("{signed}?{}", store.fact("sas"));
    let ran = run(&workshop, &["evaluate", &address], &[]).exits(0);
    assert!(!format!("{ran:?}").contains("sig="), "{ran:?}");
    let listed = [azurite[0], azurite[1], (sas, store.fact("sas"))];
    rows("az", "acme/logs/2026-11-*/*.csv", &listed, "8");
    let public = format!("{}/devstoreaccount1/public/scores.csv", store.fact("url"));
    run(&workshop, &["evaluate", &public], &[]).exits(0);
    run(&workshop, &["evaluate", &signed], &[]).exits(3).says("403").says("hint:");
}

#[test]
#[ignore = "needs moto, which cargo xtask test installs"]
fn s3_with_a_key_a_temporary_login_and_nobody() {
    let store = started(Store::s3);
    let login = |id: &'static str, secret: &'static str| {
        [
            ("AWS_ENDPOINT_URL", store.fact("url")),
            ("AWS_ACCESS_KEY_ID", store.fact(id)),
            ("AWS_SECRET_ACCESS_KEY", store.fact(secret)),
            ("AWS_REGION", "us-east-1"),
        ]
    };
    let key = login("id", "secret");
    everything("s3", &key);
    let temporary = login("temporary-id", "temporary-secret");
    let token = ("AWS_SESSION_TOKEN", store.fact("token"));
    rows("s3", "acme/logs/", &[&temporary[..], &[token]].concat(), "12");
    let workshop = Workshop::new();
    let refused = |variables: &[(&str, &str)]| {
        run(&workshop, &["evaluate", "s3://acme/scores.csv.gz"], variables).exits(3).says("hint:")
    };
    refused(&[key[0], key[1], ("AWS_SECRET_ACCESS_KEY", "wrong")]).says("SignatureDoesNotMatch");
    refused(&[key[0], ("AWS_ACCESS_KEY_ID", "AKIANOBODY"), key[2]]).says("InvalidAccessKeyId");
    refused(&[&temporary[..], &[("AWS_SESSION_TOKEN", "old")]].concat()).says("log in again");
    let open = started(Store::s3_unsigned);
    let nobody = [("AWS_ENDPOINT_URL", open.fact("url"))];
    rows("s3", "public/scores.csv", &nobody, "4");
    refused(&nobody).says("403").says("AWS_ACCESS_KEY_ID");
}

#[test]
#[ignore = "needs gcp-storage-emulator, which cargo xtask test installs"]
fn google_without_a_login() {
    let store = started(Store::google);
    let variables = [("STORAGE_EMULATOR_HOST", store.fact("url"))];
    everything("gs", &variables);
}

#[test]
#[ignore = "needs moto, which cargo xtask test installs"]
fn every_verb_that_reads_data_takes_addresses() {
    let store = started(Store::s3);
    let workshop = Workshop::new();
    let variables = [
        ("AWS_ENDPOINT_URL", store.fact("url")),
        ("AWS_ACCESS_KEY_ID", store.fact("id")),
        ("AWS_SECRET_ACCESS_KEY", store.fact("secret")),
    ];
    let run = |arguments: &[&str]| self::run(&workshop, arguments, &variables);
    let (november, all) = ("s3://acme/logs/2026-11-*/*.csv", "s3://acme/logs/");
    let ran = run(&["compare", all, november, "--report", "r.html"]).exits(4);
    assert!(ran.stdout.contains("inconclusive in 8 rows"), "{ran:?}");
    let report = std::fs::read_to_string(workshop.path().join("r.html")).expect("a report");
    assert!(report.contains(&format!("{november} against {all}")), "{report}");
    workshop.write("model.bin", "a model");
    let scores = "s3://acme/logs/2026-11-01/part-0.csv";
    workshop.write(
        "outerloop.yaml",
        format!(
            "model: acme\n\
             package: {{path: model.bin, baseline: {{path: '{all}', label: label}}, \
             data: {{train: '{all}', test: '{scores}'}}}}\n\
             predictions: {{path: '{scores}', id: id, drop: [unlabelled]}}\n\
             monitor: {{min-rows: 4}}\n\
             gates: {{leakage: {{train: ['{november}'], test: ['{scores}']}}, \
             absolute: [{{metric: accuracy, min: 0.5}}]}}\n"
        ),
    );
    run(&["package"]).exits(0);
    let manifest =
        std::fs::read_to_string(workshop.path().join("outerloop-package/outerloop-package.json"));
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest.expect("reads")).expect("JSON");
    let data = manifest["provenance"]["data"].as_object().expect("digests");
    assert_eq!(data.keys().collect::<Vec<_>>(), ["baseline", "test", "train"]);
    run(&["register", "--version", "1.0.0"]).exits(0);
    let missing = run(&["validate", "acme@1.0.0"]).exits(2);
    missing.says(&format!("{scores} has no column `id`"));
    let config = workshop.path().join("outerloop.yaml");
    let text = std::fs::read_to_string(&config).expect("reads").replace("id: id, ", "");
    std::fs::write(&config, text).expect("writes");
    let ran = run(&["validate", "acme@1.0.0", "--json"]).exits(1);
    assert!(ran.stdout.contains("4 of 4 test rows are in the training data"), "{ran:?}");
    let page = &ran.json()["report"];
    let page = std::fs::read_to_string(page.as_str().expect("a path")).expect("a report");
    assert!(page.contains(scores) && !page.contains("fetched"), "the report names the address");
    run(&["promote", "acme@1.0.0", "--to", "champion", "--expect", "none"]);
    let ran = run(&["monitor", "--model", "acme@1.0.0", "--current", november]).exits(0);
    assert!(ran.stdout.contains("ok in 8 rows"), "{ran:?}");
    let left = std::fs::read_dir(workshop.path().join(".outerloop/fetched")).expect("a folder");
    assert_eq!(left.count(), 0);
}
