//! Gates that look beyond predictions, through the binary: a program that judges, and rows that
//! training and test data share.

use outerloop_tests::Workshop;

/// A model with these gates, registered as 1.0.0.
fn registered(gates: &str) -> Workshop {
    let workshop = Workshop::new();
    let config = format!(
        "model: acme\npackage: {{path: model.bin, metrics: metrics.json}}\ngates:\n{gates}"
    );
    workshop.write("outerloop.yaml", config);
    workshop.write("metrics.json", r#"{"roc-auc": 0.9}"#);
    workshop.register("acme", "one").exits(0);
    workshop
}

#[test]
fn rows_in_both_files_are_found_and_named() {
    let workshop = registered("  leakage: {train: [train.csv], test: [test.csv], ignore: [id]}\n");
    workshop.write("train.csv", "id,a,b\n1,1,x\n2,2,y\n");
    workshop.write("test.csv", "id,a,b\n7,3,x\n8,2,y\n");
    let ran = workshop.run(&["validate", "acme@1.0.0"]).exits(1);
    assert!(ran.stdout.contains("test row 2 is training row 2"), "{}", ran.stdout);
    workshop.write("test.csv", "id,a,b\n7,3,x\n");
    workshop.run(&["validate", "acme@1.0.0"]).exits(0);
    workshop.write("test.csv", "id,a,b\n");
    let ran = workshop.run(&["validate", "acme@1.0.0", "--explain"]).exits(1);
    assert!(ran.stdout.contains("Could not be judged"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_program_judges_and_one_that_breaks_off_is_an_error() {
    let gates =
        "  custom:\n    - {name: licence, command: [sh, check.sh, '{input}'], timeout: 30s}\n";
    let workshop = registered(gates);
    let answer = |verdict: &str| {
        format!(
            "grep -q '\"model\":\"acme\"' \"$1\" || exit 9\necho '{{\"findings\":[{{\"code\":\"licence-known\",\"verdict\":\"{verdict}\",\"message\":\"MIT\"}}]}}'\n"
        )
    };
    workshop.write("check.sh", answer("pass"));
    workshop.run(&["validate", "acme@1.0.0"]).exits(0);
    workshop.write("check.sh", answer("fail"));
    workshop.run(&["validate", "acme@1.0.0"]).exits(1);
    for broken in ["exit 3\n", "true\n", "echo passed\n", "sleep 60 & echo '{'\n"] {
        workshop.write("check.sh", broken);
        let ran = workshop.run(&["validate", "acme@1.0.0"]).exits(1);
        assert!(ran.stdout.contains("error"), "{broken}: {}", ran.stdout);
    }
}
