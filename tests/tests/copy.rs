//! Models from one registry to another, through the binary.

use outerloop_tests::Workshop;

/// A registry with two versions, a champion and a validation by hand of its history.
fn lived_in() -> Workshop {
    let workshop = Workshop::new();
    workshop.register("acme", "one").exits(0);
    workshop.register("acme", "two").exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
    workshop.run(&["archive", "acme@1.1.0"]).exits(0);
    workshop
}

fn from(workshop: &Workshop) -> String {
    format!("git:{}", workshop.path().display())
}

#[test]
fn a_model_moves_with_its_history_and_its_bytes() {
    let (old, new) = (lived_in(), Workshop::new());
    let copied = new.run(&["copy", &from(&old), "git", "--json"]).exits(0).json();
    let model = &copied["models"][0];
    assert_eq!((&model["model"], &model["versions"]), (&"acme".into(), &2.into()), "{copied}");
    assert_eq!((&model["events"], &model["packages"]), (&5.into(), &2.into()), "{copied}");
    assert_eq!(model["changed"], true);

    let events = |workshop: &Workshop| {
        let history = workshop.run(&["history", "acme", "--verify", "--json"]).exits(0).json();
        assert_eq!(history["verified"], true);
        history["events"].as_array().cloned().unwrap_or_default()
    };
    let (before, after) = (events(&old), events(&new));
    let ids = |events: &[serde_json::Value]| -> Vec<_> {
        events.iter().map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids(&before), ids(&after)[..before.len()]);
    assert_eq!(after.len(), before.len() + 1);

    // The old place may go: the bytes are here.
    drop(old);
    new.run(&["pull", "acme@champion", "--out", "pulled"]).exits(0);
    let file = std::fs::read_to_string(new.path().join("pulled/files/model.bin"));
    assert_eq!(file.expect("the model"), "one");
    let shown = new.run(&["show", "acme", "--json"]).exits(0).json();
    let uri = shown["models"][0]["versions"][0]["uri"].as_str().unwrap_or_default().to_owned();
    let here = new.path().canonicalize().expect("a path");
    assert!(uri.contains(&*here.to_string_lossy()), "{uri} is not below {}", here.display());
}

#[test]
fn a_copy_is_safe_to_repeat_and_says_when_a_model_went_another_way() {
    let (old, new) = (lived_in(), Workshop::new());
    let first = new.run(&["copy", &from(&old), "git"]).exits(0).stdout;
    assert!(first.contains("5 events and 2 packages"), "{first}");
    let again = new.run(&["copy", &from(&old), "git", "--json"]).exits(0).json();
    assert_eq!(again["models"][0]["changed"], false, "{again}");
    old.register("acme", "three").exits(0);
    new.run(&["copy", &from(&old), "git"]).exits(1).says("copied here before").says("hint:");
    let other = Workshop::new();
    other.register("acme", "another").exits(0);
    new.run(&["copy", &from(&other), "git"]).exits(1).says("another acme").says("hint:");
}

#[test]
fn bytes_that_are_missing_stop_the_copy_before_anything_is_visible() {
    let (old, new) = (lived_in(), Workshop::new());
    std::fs::remove_dir_all(old.path().join(".outerloop/store")).expect("removes");
    new.run(&["copy", &from(&old), "git"]).exits(2).says("copy acme").says("hint:");
    new.run(&["show", "acme"]).exits(2).says("no model");
}

#[test]
fn wrong_addresses_are_told() {
    let new = lived_in();
    new.run(&["copy", "git", "git"]).exits(2).says("onto itself");
    let same = new.run(&["copy", "git", "git:.", "--json"]).exits(0).json();
    assert_eq!(same["models"][0]["changed"], false, "one registry by two names: {same}");
    new.run(&["copy", "svn://x", "git"]).exits(2).says("svn://x").says("hint:");
    new.run(&["copy", "git:no-such-folder", "git"]).exits(2).says("no-such-folder");
    let empty = Workshop::new();
    new.run(&["copy", &from(&empty), "git"]).exits(2).says("no model");
    let args = ["copy", "git", &from(&empty), "--name", "other"];
    new.run(&args).exits(2).says("other").says("acme");
}
