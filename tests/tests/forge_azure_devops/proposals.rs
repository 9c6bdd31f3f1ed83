use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::ports::forge::{Change, Forge, Proposal, Proposed};
use outerloop_tests::azure_devops::{AzureDevOpsFake, World};

use crate::setting::{at_every_call, forge};

const PINS: &str = "/outerloop-pins.yaml";
const BRANCH: &str = "refs/heads/outerloop/promote-churn";

fn propose(fake: &AzureDevOpsFake, version: &str) -> Result<Proposed> {
    let edit = |before: Option<&str>| {
        let other = before.unwrap_or("# pins\n").lines().filter(|l| !l.starts_with("churn:"));
        Ok(other
            .chain([format!("churn: {version}").as_str()])
            .fold(String::new(), |t, l| t + l + "\n"))
    };
    forge(fake).propose(&Proposal {
        branch: "outerloop/promote-churn".to_owned(),
        base: None,
        path: "outerloop-pins.yaml".to_owned(),
        edit: &edit,
        title: format!("Promote churn {version}"),
        body: format!("Verdict of {version}: pass"),
    })
}

fn the_one(world: &World) -> (u64, &str) {
    let open: Vec<_> =
        world.pull_requests.iter().filter(|(n, p)| **n != 1 && p.status == "active").collect();
    assert_eq!(open.len(), 1, "{open:#?}");
    assert_eq!((open[0].1.source.as_str(), open[0].1.target.as_str()), (BRANCH, "refs/heads/main"));
    (*open[0].0, &open[0].1.title)
}

/// The branch is one commit on top of the base.
fn assert_on_base(world: &World) {
    let commit = &world.commits[&world.branches[BRANCH].commit];
    assert_eq!(commit.parents, [world.branches["refs/heads/main"].commit.clone()]);
}

#[test]
fn a_change_is_proposed_once_changed_and_done_when_it_is_merged() {
    let fake = AzureDevOpsFake::start();
    let made = propose(&fake, "1.1.0").unwrap();
    assert_eq!(made.change, Change::Created);
    assert!(
        made.url.unwrap().ends_with(&format!("/_git/churn/pullrequest/{}", made.number.unwrap()))
    );
    assert_eq!(fake.state().file(BRANCH, PINS), Some("# pins\nchurn: 1.1.0\n"));
    assert_eq!(propose(&fake, "1.1.0").unwrap().change, Change::Unchanged);
    let changed = propose(&fake, "1.2.0").unwrap();
    assert_eq!((changed.change, changed.number), (Change::Updated, made.number));
    {
        let mut state = fake.state();
        assert_eq!(the_one(&state).1, "Promote churn 1.2.0");
        assert_eq!(state.file(BRANCH, PINS), Some("# pins\nchurn: 1.2.0\n"));
        assert_on_base(&state);
        state.commit("refs/heads/main", PINS, "# pins\nchurn: 1.2.0\n");
    }
    let merged = propose(&fake, "1.2.0").unwrap();
    assert_eq!((merged.change, merged.number), (Change::Unchanged, None));
    fake.assert_no_violations();
}

#[test]
fn a_base_that_moved_on_is_what_the_change_is_made_from() {
    let fake = AzureDevOpsFake::start();
    propose(&fake, "1.1.0").unwrap();
    fake.state().commit("refs/heads/main", PINS, "# pins\nother: 3.0.0\n");
    assert_eq!(propose(&fake, "1.1.0").unwrap().change, Change::Updated);
    let state = fake.state();
    assert_on_base(&state);
    assert_eq!(state.file(BRANCH, PINS), Some("# pins\nother: 3.0.0\nchurn: 1.1.0\n"));
}

#[test]
fn a_base_that_moved_on_elsewhere_is_followed_too() {
    let fake = AzureDevOpsFake::start();
    propose(&fake, "1.1.0").unwrap();
    fake.state().commit("refs/heads/main", "/train.py", "pass\n");
    assert_eq!(propose(&fake, "1.1.0").unwrap().change, Change::Updated);
    assert_on_base(&fake.state());
    assert_eq!(propose(&fake, "1.1.0").unwrap().change, Change::Unchanged);
}

#[test]
fn somebody_elses_commit_on_the_branch_is_left_behind() {
    let fake = AzureDevOpsFake::start();
    propose(&fake, "1.1.0").unwrap();
    fake.state().commit(BRANCH, PINS, "churn: 9.9.9\n");
    propose(&fake, "1.1.0").unwrap();
    let state = fake.state();
    assert_on_base(&state);
    assert_eq!(state.file(BRANCH, PINS), Some("# pins\nchurn: 1.1.0\n"));
}

#[test]
fn an_abandoned_pull_request_is_not_opened_again_but_replaced() {
    let fake = AzureDevOpsFake::start();
    let first = propose(&fake, "1.1.0").unwrap().number.unwrap();
    fake.state().pull_requests.get_mut(&first).unwrap().status = "abandoned".to_owned();
    let second = propose(&fake, "1.1.0").unwrap();
    assert_eq!(second.change, Change::Created);
    assert_ne!(second.number, Some(first));
}

#[test]
fn every_fault_at_every_call_leads_to_exactly_one_pull_request() {
    let check = |world: &World, proposed: &Proposed, what: &str| {
        let (number, title) = the_one(world);
        assert_eq!((Some(number), title), (proposed.number, "Promote churn 1.2.0"), "{what}");
        assert_eq!(world.file(BRANCH, PINS), Some("# pins\nchurn: 1.2.0\n"), "{what}");
        assert_on_base(world);
    };
    at_every_call(|_| {}, |fake| propose(fake, "1.2.0"), check);
    at_every_call(
        |fake| drop(propose(fake, "1.1.0").unwrap()),
        |fake| propose(fake, "1.2.0"),
        check,
    );
}

#[test]
fn two_runs_at_once_open_one_pull_request() {
    for _ in 0..5 {
        let fake = AzureDevOpsFake::start();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| propose(&fake, "1.2.0").unwrap());
            }
        });
        let state = fake.state();
        the_one(&state);
        assert_on_base(&state);
    }
}

#[test]
fn a_long_text_is_cut_and_an_edit_that_fails_changes_nothing() {
    let fake = AzureDevOpsFake::start();
    let edit = |_: Option<&str>| Ok("x\n".to_owned());
    let proposal = Proposal {
        branch: "outerloop/x".to_owned(),
        base: Some("main".to_owned()),
        path: "x.txt".to_owned(),
        edit: &edit,
        title: "t\"}".repeat(1_000),
        body: "b##vso[x]\n".repeat(3_000),
    };
    let made = forge(&fake).propose(&proposal).unwrap();
    assert_eq!(forge(&fake).propose(&proposal).unwrap().change, Change::Unchanged);
    assert_eq!(fake.state().pull_requests[&made.number.unwrap()].title.chars().count(), 400);
    fake.assert_no_violations();
    let refuse = |_: Option<&str>| Err(Error::input("no pins"));
    let refused = Proposal { edit: &refuse, branch: "outerloop/y".to_owned(), ..proposal };
    assert_eq!(forge(&fake).propose(&refused).unwrap_err().kind(), ErrorKind::Input);
    assert!(!fake.state().branches.contains_key("refs/heads/outerloop/y"));
}

#[test]
fn a_base_that_does_not_exist_is_named() {
    let fake = AzureDevOpsFake::start();
    let edit = |_: Option<&str>| Ok(String::new());
    let error = forge(&fake).propose(&Proposal {
        branch: "outerloop/x".to_owned(),
        base: Some("gone".to_owned()),
        path: "x".to_owned(),
        edit: &edit,
        title: String::new(),
        body: String::new(),
    });
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("refs/heads/gone"), "{error}");
}
