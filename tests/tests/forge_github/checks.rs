//! Checks on a commit, with their annotations.

use outerloop_core::ports::forge::{Change, Check, CheckState, Forge};

use crate::setting::{check, fake, forge};

#[test]
fn a_check_has_all_its_annotations_and_is_replaced_by_another() {
    let fake = fake();
    let forge = forge(&fake);
    assert_eq!(forge.check(&check("text", 120)).unwrap().change, Change::Created);
    assert_eq!(forge.check(&check("text", 120)).unwrap().change, Change::Unchanged);
    {
        let site = fake.state();
        assert_eq!(site.checks.len(), 1);
        assert_eq!(site.checks[0]["annotations"].as_array().map(Vec::len), Some(120));
        assert_eq!(site.checks[0]["annotations"][119]["start_line"], 120);
        assert_eq!(site.checks[0]["conclusion"], "failure");
    }
    // Annotations cannot be taken away: the newest check run of a name counts.
    assert_eq!(forge.check(&check("other", 1)).unwrap().change, Change::Updated);
    assert_eq!(fake.state().checks.len(), 2);
    fake.assert_no_violations();
}

#[test]
fn a_check_without_annotations_is_changed_in_place() {
    let fake = fake();
    let forge = forge(&fake);
    let first = forge.check(&check("text", 0)).unwrap();
    let second = forge.check(&Check { state: CheckState::Success, ..check("text", 0) }).unwrap();
    assert_eq!((second.change, second.id), (Change::Updated, first.id));
    assert_eq!(fake.state().checks[0]["conclusion"], "success");
}

#[test]
fn github_knows_no_properties_of_a_run() {
    let fake = fake();
    assert_eq!(forge(&fake).property("outerloop.verdict", "pass").unwrap(), Change::Unchanged);
    assert!(fake.take_calls().is_empty());
}
