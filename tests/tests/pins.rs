//! Promotion by a file in the repository: a branch changes a pin, the gate judges it, merging it
//! moves the alias, reverting it moves it back. With real git repositories.

use outerloop_tests::{Ran, Workshop};

const CONFIG: &str = "model: acme\ngates: {digest: {}, size: {max: 1MB}}\n";

/// A model repository with a remote, and three versions of which the first is the champion.
struct House {
    workshop: Workshop,
    _remote: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let remote = tempfile::tempdir().expect("a temporary folder");
        let bare = remote.path().join("remote.git").display().to_string();
        let workshop = Workshop::new();
        workshop.git(&["init", "--quiet", "--bare", "-b", "main", &bare]);
        workshop.git(&["remote", "add", "origin", &format!("file://{bare}")]);
        workshop.write("outerloop.yaml", CONFIG);
        workshop.write(".gitignore", ".outerloop/\nouterloop-package/\n*.bin\n");
        workshop.git(&["add", "."]);
        workshop.git(&["commit", "--quiet", "-m", "configure"]);
        workshop.git(&["push", "--quiet", "origin", "main"]);
        for content in ["one", "two", "three"] {
            workshop.register("acme", content).exits(0);
        }
        workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
        Self { workshop, _remote: remote }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.workshop.run(arguments)
    }

    /// Commits the pins on the branch that is checked out.
    fn pin(&self, pins: &str) {
        self.workshop.write("outerloop-pins.yaml", pins);
        self.workshop.git(&["add", "outerloop-pins.yaml"]);
        self.workshop.git(&["commit", "--quiet", "-m", "pin"]);
    }

    fn champion(&self) -> String {
        let shown = self.run(&["show", "acme", "--json"]).exits(0).json();
        shown["models"][0]["aliases"]["champion"].as_str().expect("an alias").to_owned()
    }

    fn events(&self) -> usize {
        let history = self.run(&["history", "--json"]).exits(0).json();
        history["events"].as_array().expect("events").len()
    }
}

#[test]
fn a_pin_is_judged_on_its_branch_followed_when_merged_and_taken_back_by_a_revert() {
    let house = House::new();
    house.pin("acme:\n  champion: 1.0.0\n");
    house.workshop.git(&["switch", "--quiet", "-c", "outerloop/promote-acme-champion"]);
    house.pin("# reviewed by acme\nacme:\n  champion: 1.1.0 # newest\n");

    let judged = house.run(&["validate", "--pinned", "--json"]).exits(0).json();
    assert_eq!(judged["verdict"], "pass");
    let codes: Vec<&str> = judged["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .filter_map(|g| g["code"].as_str())
        .collect();
    assert_eq!(codes, ["size-within-limit", "digest-matches"]);
    assert_eq!(house.champion(), "1.0.0", "a gate moves nothing");

    house.workshop.git(&["switch", "--quiet", "main"]);
    house.workshop.git(&["merge", "--quiet", "outerloop/promote-acme-champion"]);
    let moved = house.run(&["promote", "--pinned", "--json"]).exits(0).json();
    assert_eq!((&moved["alias"], &moved["ref"]), (&"champion".into(), &"acme@1.1.0".into()));
    assert_eq!((&moved["previous"], &moved["via"]), (&"acme@1.0.0".into(), &"pins".into()));
    assert_eq!(moved["promoted"][0]["moved"], true);
    assert_eq!(house.champion(), "1.1.0");

    let events = house.events();
    let again = house.run(&["promote", "--pinned", "--json"]).exits(0).json();
    assert_eq!(again["promoted"][0]["moved"], false);
    let unchanged = house.run(&["validate", "--pinned", "--json"]).exits(0).json();
    assert_eq!((&unchanged["verdict"], &unchanged["report"]), (&"pass".into(), &().into()));
    assert_eq!(unchanged["gates"][0]["code"], "pin-unchanged");
    assert_eq!(house.events(), events, "what changes nothing is no event");

    house.workshop.git(&["revert", "--no-edit", "HEAD"]);
    house.run(&["promote", "--pinned"]).exits(0);
    assert_eq!(house.champion(), "1.0.0");
    let verified = house.run(&["history", "--verify", "--json"]).exits(0).json();
    assert_eq!(verified["verified"], true);
}

#[test]
fn every_alias_of_the_model_is_moved_and_no_other_models() {
    let house = House::new();
    house.workshop.register("churn", "other").exits(0);
    let pins = "churn:\n  champion: 9.9.9\nacme:\n  champion: 1.2.0\n  staging: 1.1.0\n";
    house.pin(pins);
    let moved = house.run(&["promote", "--pinned", "--json"]).exits(0).json();
    assert_eq!(moved["ref"], "acme@1.2.0", "the champion's keys come first");
    assert_eq!(moved["promoted"].as_array().map(Vec::len), Some(2));
    let shown = house.run(&["show", "acme", "--json"]).json();
    assert_eq!(shown["models"][0]["aliases"]["staging"], "1.1.0");
    let churn = house.run(&["show", "churn", "--json"]).json();
    assert_eq!(churn["models"][0]["aliases"], serde_json::json!({}));
}

#[test]
fn a_pin_that_cannot_be_followed_is_refused_at_its_line() {
    let house = House::new();
    house.run(&["archive", "acme@1.2.0"]).exits(0);
    for (pins, said) in [
        ("acme:\n  staging: 1.1.0\n  champion: 9.9.9\n", "outerloop-pins.yaml:3: "),
        (
            "acme:\n  staging: 1.1.0\n\n  champion: 1.2.0\n",
            "outerloop-pins.yaml:4: `acme@1.2.0` is archived",
        ),
        ("acme:\n  champion: [1.1.0]\n", "outerloop-pins.yaml:2: "),
        ("<<<<<<< HEAD\nacme:\n", "outerloop-pins.yaml:1: "),
        ("churn:\n  champion: 1.1.0\n", "pins no alias of `acme`"),
    ] {
        house.workshop.write("outerloop-pins.yaml", pins);
        house.run(&["promote", "--pinned"]).exits(2).says(said).says("hint:");
    }
    assert_eq!(house.champion(), "1.0.0");
    let shown = house.run(&["show", "acme", "--json"]).json();
    assert_eq!(shown["models"][0]["aliases"].as_object().map(serde_json::Map::len), Some(1));
    std::fs::remove_file(house.workshop.path().join("outerloop-pins.yaml")).expect("removes");
    house.run(&["promote", "--pinned"]).exits(2).says("--via pull-request");
}

#[test]
fn the_gate_refuses_a_pin_of_a_version_that_was_put_away() {
    let house = House::new();
    house.run(&["archive", "acme@1.2.0"]).exits(0);
    house.pin("acme:\n  champion: 1.2.0\n");
    let judged = house.run(&["validate", "--pinned", "--json"]).exits(1).json();
    assert_eq!(judged["gates"][0]["code"], "version-archived");
    house.pin("acme:\n  champion: 7.0.0\n");
    house.run(&["validate", "--pinned"]).exits(2).says("outerloop-pins.yaml:2: ");
}

#[test]
fn the_pinned_version_is_fetched() {
    let house = House::new();
    house.pin("acme:\n  champion: 1.1.0\n");
    let pulled = house.run(&["pull", "--pinned", "--out", "challenger", "--json"]).exits(0).json();
    assert_eq!(pulled["ref"], "acme@1.1.0");
    let file = house.workshop.path().join("challenger/files/model.bin");
    assert_eq!(std::fs::read_to_string(file).expect("reads"), "two");
}

#[test]
fn without_a_server_no_pull_request_can_be_opened_and_nothing_is_moved() {
    let house = House::new();
    let promote = ["promote", "acme@1.1.0", "--to", "champion"];
    house.run(&[&promote[..], &["--via", "pull-request"]].concat()).exits(2).says("hint:");
    let config = format!("{CONFIG}promote: {{via: pull-request}}\n");
    house.workshop.write("outerloop.yaml", config);
    house.run(&promote).exits(2).says("no server with pull requests");
    assert_eq!(house.champion(), "1.0.0");
    house.run(&[&promote[..], &["--via", "registry"]].concat()).exits(0);
    assert_eq!(house.champion(), "1.1.0");
}

#[test]
fn pins_and_a_version_cannot_be_asked_for_together() {
    let house = House::new();
    house.run(&["promote", "acme@1.1.0", "--pinned"]).exits(2);
    house.run(&["promote", "--pinned", "--to", "champion"]).exits(2);
    house.run(&["promote", "acme@1.1.0"]).exits(2).says("--to");
    house.run(&["validate", "acme@1.1.0", "--pinned"]).exits(2);
    house.run(&["validate"]).exits(2);
}
