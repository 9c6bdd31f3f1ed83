//! Tickets: issues that are opened once, changed and closed.

use outerloop_core::ports::forge::{Change, Forge};
use serde_json::json;

use crate::setting::{fake, forge, ticket};

#[test]
fn a_ticket_is_opened_once_changed_and_closed_with_a_comment() {
    let fake = fake();
    let forge = forge(&fake);
    assert_eq!(forge.close_ticket("retrain:churn", "done").unwrap(), None);
    let first = forge.open_ticket(&ticket("drift")).unwrap();
    assert_eq!(first.change, Change::Created);
    assert_eq!(forge.open_ticket(&ticket("drift")).unwrap().change, Change::Unchanged);
    let label = json!({ "name": "by-hand" });
    fake.state().issues[0]["labels"].as_array_mut().unwrap().push(label.clone());
    assert_eq!(forge.open_ticket(&ticket("more drift")).unwrap().change, Change::Updated);
    assert!(fake.state().issues[0]["labels"].as_array().unwrap().contains(&label));
    let closed = forge.close_ticket("retrain:churn", "answered by churn@1.1.0").unwrap().unwrap();
    assert_eq!(closed.id, first.id);
    assert_eq!(forge.close_ticket("retrain:churn", "again").unwrap(), None);
    {
        let site = fake.state();
        assert_eq!(site.issues[0]["state"], "closed");
        assert_eq!(site.comments.len(), 1);
        assert!(site.comments[0]["body"].as_str().unwrap().ends_with("answered by churn@1.1.0"));
    }
    assert_eq!(forge.open_ticket(&ticket("drift again")).unwrap().change, Change::Created);
    fake.assert_no_violations();
}

#[test]
fn an_issue_by_somebody_else_is_never_taken_for_a_ticket() {
    let fake = fake();
    fake.state().issues.push(json!({
        "number": 7, "state": "open", "title": "mine", "labels": [{ "name": "outerloop" }],
        "body": "<!-- outerloop:ticket:retrain:churn -->\nmine",
        "user": { "login": "mallory", "type": "User" },
    }));
    assert_eq!(forge(&fake).open_ticket(&ticket("drift")).unwrap().change, Change::Created);
    assert_eq!(fake.state().issues[0]["title"], "mine");
}
