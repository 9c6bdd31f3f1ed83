//! How an engine is named, and what goes together.

use outerloop_tests::Workshop;

#[test]
fn what_does_not_go_together_is_said() {
    let workshop = Workshop::new();
    workshop.write("a.csv", "x\n1\n");
    for (arguments, says) in [
        (&["profile"][..], "no data is named"),
        (&["profile", "--table", "a"], "no engine is named"),
        (&["profile", "a.csv", "--engine", "sc://localhost"], "--engine needs a table"),
        (&["profile", "a.csv", "--sql", "q.sql"], "--sql needs a table"),
        (&["profile", "a.csv", "--table", "a"], "cannot be used with"),
        (&["profile", "--table", "a", "--query", "SELECT 1"], "cannot be used with"),
        (&["profile", "--engine", "http://a", "--table", "a"], "begins with sc://"),
        (&["profile", "--engine", "sc://a", "--table", "a..b"], "no name of a table"),
        (&["profile", "--engine", "sc://a", "--query", " ;"], "the query is empty"),
        (&["profile", "--engine", "sc://a", "--table", "a", "--out", "x.json"], "no name for"),
    ] {
        let ran = workshop.run(arguments).exits(2);
        assert!(ran.stderr.contains(says), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn tokens_stay_out_of_files_and_messages() {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", "model: acme\nengine: sc://acme.example/;token=geheim\n");
    let ran = workshop.run(&["profile", "--table", "a"]).exits(2);
    assert!(ran.stderr.contains("outerloop.yaml:2") && ran.stderr.contains("token"), "{ran:?}");
    assert!(!format!("{ran:?}").contains("geheim"), "{ran:?}");
    let open = "sc://acme.example/;token=geheim;use_ssl=false";
    let ran = workshop.run(&["profile", "--engine", open, "--table", "a", "--config", "/dev/null"]);
    assert!(ran.stderr.contains("unencrypted"), "{ran:?}");
    let odd = "sc://acme.example:x/;token=geheim";
    for text in [odd, "geheim", "sc://127.0.0.1:9/;token=geheim;use_ssl=false"] {
        let ran = workshop.run(&["profile", "--engine", text, "--table", "a"]);
        assert_ne!(ran.code, 0);
        assert!(!format!("{ran:?}").contains("token=geheim"), "{ran:?}");
    }
}

#[test]
fn the_variable_goes_over_the_file_and_the_option_over_both() {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", "model: acme\nengine: sc://127.0.0.1:7\n");
    let asked = |arguments: &[&str], variable: Option<&str>| {
        let mut command = workshop.command(&[&["profile", "--table", "a"][..], arguments].concat());
        command.envs(variable.map(|address| ("OUTERLOOP_ENGINE", address)));
        Workshop::ran(&mut command).exits(3).stderr
    };
    assert!(asked(&[], None).contains("127.0.0.1:7"));
    assert!(asked(&[], Some("sc://127.0.0.1:8")).contains("127.0.0.1:8"));
    assert!(
        asked(&["--engine", "sc://127.0.0.1:9"], Some("sc://127.0.0.1:8")).contains("127.0.0.1:9")
    );
}
