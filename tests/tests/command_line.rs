//! What every verb promises: exit codes, one JSON object, help, hints.

use outerloop_tests::Workshop;

const VERBS: [&str; 21] = [
    "init", "package", "register", "validate", "promote", "deploy", "rollback", "monitor",
    "compare", "evaluate", "retrain", "show", "history", "lineage", "archive", "restore", "pull",
    "serve", "profile", "merge", "copy",
];

#[test]
fn help_names_every_verb_and_exit_code() {
    let workshop = Workshop::new();
    let help = workshop.run(&["--help"]).exits(0).stdout;
    for word in VERBS.iter().chain(&["Exit codes", "not enough evidence"]) {
        assert!(help.contains(word), "{word} is not in:\n{help}");
    }
    for verb in VERBS {
        let help = workshop.run(&[verb, "--help"]).exits(0).stdout;
        assert!(help.contains("--json") && help.contains("Usage"), "{verb}: {help}");
    }
}

#[test]
fn a_wrong_flag_is_a_wrong_use() {
    let workshop = Workshop::new();
    workshop.run(&["show", "--jsno"]).exits(2).says("--json");
    workshop.run(&["promotte"]).exits(2).says("promote");
    workshop.run(&["register", "--bump", "huge"]).exits(2).says("major, minor or patch");
    workshop.run(&["show", "Not A Name"]).exits(2);
}

#[test]
fn a_broken_configuration_names_file_line_and_key() {
    let workshop = Workshop::new();
    let cases = [
        ("model: acme\nmodle: x\n", "outerloop.yaml:2:1", "did you mean `model`"),
        ("model: acme\nmonitor:\n  min-rows: lots\n", "outerloop.yaml:3", "hint:"),
        ("model: Acme Models\n", "outerloop.yaml:1", "lowercase"),
        (
            "gates:\n  absolute:\n    - {metric: roc-auc, mim: 0.8}\n",
            "outerloop.yaml:3",
            "did you mean `min`",
        ),
        ("gates: [1, 2\n", "outerloop.yaml:", "hint:"),
        ("retrain:\n  cooldown: soon\n", "outerloop.yaml:2", "soon"),
    ];
    for (text, place, said) in cases {
        workshop.write("outerloop.yaml", text);
        workshop.run(&["show"]).exits(2).says(place).says(said);
    }
}

#[test]
fn init_writes_what_loads_and_never_overwrites() {
    let workshop = Workshop::new();
    let first = workshop.run(&["init", "--name", "acme", "--json"]).exits(0).json();
    assert_eq!(first["files"].as_array().map(Vec::len), Some(1));
    let second = workshop.run(&["init", "--json"]).exits(0).json();
    assert_eq!(second["files"].as_array().map(Vec::len), Some(0));
    workshop.run(&["show", "--json"]).exits(0);
}
