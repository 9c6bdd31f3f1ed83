//! GitHub behind the forge port, against a strict fake: what is written, that it is written once
//! whatever goes wrong, and what is said when a permission is missing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outerloop_core::adapters::forge::github::GitHubForge;
use outerloop_core::adapters::github::Login;
use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::domain::secret::Secret;
use outerloop_core::ports::clock::Clock;
use outerloop_core::ports::forge::{
    Change, Check, CheckState, Comment, Deployment, DeploymentState, Forge, Proposal, Ticket,
};
use outerloop_core::ports::host::{Annotation, Level, Place, PullRequest};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::github::{GitHubFake, Permissions};
use serde_json::{Value, json};

/// Time that passes only while somebody sleeps.
#[derive(Default)]
struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        let begin: jiff::Timestamp = "2026-11-22T08:00:00Z".parse().expect("a time");
        begin + *self.0.lock().expect("a clock")
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().expect("a clock") += duration;
    }
}

fn login(fake: &GitHubFake, token: Option<&str>, clock: Arc<TestClock>) -> Login {
    Login {
        api: fake.url.clone(),
        web: "https://github.com".to_owned(),
        repository: "acme/models".to_owned(),
        token: token.map(Secret::new),
        clock,
        timeout: None,
    }
}

fn forge_with(fake: &GitHubFake, token: Option<&str>, clock: Arc<TestClock>) -> GitHubForge {
    GitHubForge::new(login(fake, token, clock)).expect("a forge")
}

fn forge(fake: &GitHubFake) -> GitHubForge {
    forge_with(fake, Some("ghs_fake"), Arc::default())
}

/// A fake with pull request 1.
fn fake() -> GitHubFake {
    let fake = GitHubFake::start();
    assert_eq!(fake.state().open_pull("candidate"), 1);
    fake
}

fn pull_request(number: u64) -> PullRequest {
    PullRequest { number, head: None, base: None, from_fork: false }
}

fn comment(text: &str) -> Comment {
    Comment {
        pull_request: pull_request(1),
        marker: "validate:churn".to_owned(),
        markdown: text.to_owned(),
        open: false,
    }
}

fn check(text: &str, annotations: usize) -> Check {
    let annotation = |n: usize| Annotation {
        level: Level::Warning,
        title: "gate".to_owned(),
        message: format!("finding {n}"),
        place: Some(Place { file: "outerloop.yaml".into(), line: n + 1, column: Some(3) }),
    };
    Check {
        name: "outerloop/churn".to_owned(),
        commit: "c0ffee".to_owned(),
        pull_request: Some(pull_request(1)),
        state: CheckState::Failure,
        title: "no".to_owned(),
        markdown: text.to_owned(),
        annotations: (0..annotations).map(annotation).collect(),
        url: Some("https://github.com/acme/models/actions/runs/1".to_owned()),
    }
}

fn pin(_: Option<&str>) -> Result<String> {
    Ok("churn:\n  champion: 1.1.0\n".to_owned())
}

fn proposal(title: &str) -> Proposal<'static> {
    Proposal {
        branch: "outerloop/promote/churn".to_owned(),
        base: None,
        path: "models/outerloop-pins.yaml".to_owned(),
        edit: &pin,
        title: title.to_owned(),
        body: "why".to_owned(),
    }
}

fn ticket(text: &str) -> Ticket {
    Ticket {
        key: "retrain:churn".to_owned(),
        title: "Retrain churn".to_owned(),
        markdown: text.to_owned(),
        labels: vec!["retrain".to_owned()],
        kind: "Issue".to_owned(),
    }
}

fn deployment(commit: &str, state: DeploymentState) -> Deployment {
    Deployment {
        key: "rollout-1".to_owned(),
        environment: "production".to_owned(),
        commit: commit.to_owned(),
        what: "churn@1.1.0".to_owned(),
        state,
        description: "rollout at 100 %".to_owned(),
        environment_url: Some("https://churn.acme.example".to_owned()),
        log_url: Some("https://github.com/acme/models/actions/runs/1".to_owned()),
    }
}

fn main_commit(fake: &GitHubFake) -> String {
    fake.state().branches["main"].clone()
}

fn bodies(fake: &GitHubFake) -> Vec<String> {
    let site = fake.state();
    site.comments.iter().map(|c| c["body"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_comment_is_written_once_and_then_changed() {
    let fake = fake();
    let forge = forge(&fake);
    let first = forge.comment(&comment("yes")).unwrap();
    assert_eq!(first.change, Change::Created);
    assert!(first.url.unwrap().starts_with("https://github.com/acme/models/issues/1#"));
    assert_eq!(forge.comment(&comment("yes")).unwrap().change, Change::Unchanged);
    let third = forge.comment(&comment("no")).unwrap();
    assert_eq!((third.change, third.id), (Change::Updated, first.id));
    assert_eq!(bodies(&fake), ["<!-- outerloop:validate:churn -->\nno"]);
    fake.assert_no_violations();
}

#[test]
fn another_marker_gets_its_own_comment() {
    let fake = fake();
    let forge = forge(&fake);
    forge.comment(&comment("yes")).unwrap();
    let other = Comment { marker: "validate:churn-2".to_owned(), ..comment("yes") };
    assert_eq!(forge.comment(&other).unwrap().change, Change::Created);
    assert_eq!(bodies(&fake).len(), 2);
}

#[test]
fn the_comment_survives_a_force_push_and_is_found_among_2500() {
    let fake = fake();
    {
        let mut site = fake.state();
        for n in 0..1_250 {
            site.comment_by("ada", 1, &format!("I think {n}"));
        }
    }
    let forge = forge(&fake);
    let first = forge.comment(&comment("yes")).unwrap();
    {
        let mut site = fake.state();
        for _ in 0..1_250 {
            site.comment_by("ada", 1, "> <!-- outerloop:validate:churn -->\nindeed");
        }
        site.push("candidate", &[("model", "another")]);
    }
    fake.take_calls();
    let second = forge.comment(&comment("no")).unwrap();
    assert_eq!((second.change, second.id), (Change::Updated, first.id));
    assert_eq!(fake.take_calls().len(), 26 + 1);
    fake.assert_no_violations();
}

#[test]
fn a_comment_by_somebody_else_is_never_taken_for_ours() {
    let fake = fake();
    let forged = "<!-- outerloop:validate:churn -->\npassed, trust me";
    fake.state().comment_by("mallory", 1, forged);
    let posted = forge(&fake).comment(&comment("failed")).unwrap();
    assert_eq!(posted.change, Change::Created);
    assert_eq!(bodies(&fake)[0], forged);
}

#[test]
fn with_the_token_of_a_person_the_comments_of_that_person_are_ours() {
    let fake = fake();
    fake.state().account = Some("ada".to_owned());
    fake.state().comment_by("mallory", 1, "<!-- outerloop:validate:churn -->\nforged");
    let forge = forge(&fake);
    assert_eq!(forge.comment(&comment("one")).unwrap().change, Change::Created);
    assert_eq!(forge.comment(&comment("two")).unwrap().change, Change::Updated);
    assert_eq!(bodies(&fake).len(), 2);
}

#[test]
fn two_runs_at_once_leave_one_comment_one_issue_one_deployment_and_one_pull_request() {
    for _ in 0..5 {
        let fake = fake();
        let commit = main_commit(&fake);
        std::thread::scope(|scope| {
            for n in 0..4 {
                let (fake, commit) = (&fake, &commit);
                scope.spawn(move || {
                    let forge = forge(fake);
                    forge.comment(&comment(&format!("run {n}"))).unwrap();
                    forge.open_ticket(&ticket(&format!("run {n}"))).unwrap();
                    forge.deployment(&deployment(commit, DeploymentState::Success)).unwrap();
                    forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
                });
            }
        });
        let site = fake.state();
        assert_eq!(site.comments.len(), 1, "{:#?}", site.comments);
        let open = |i: &&Value| i["state"] == "open";
        assert_eq!(site.issues.iter().filter(open).count(), 1, "{:#?}", site.issues);
        assert_eq!(site.deployments.len(), 1, "{:#?}", site.deployments);
        assert_eq!(site.pulls.len(), 2, "{:#?}", site.pulls);
        assert!(site.violations.is_empty(), "{:#?}", site.violations);
    }
}

#[test]
fn a_comment_at_the_limit_is_taken_and_one_above_it_is_refused_before_it_is_sent() {
    let fake = fake();
    let forge = forge(&fake);
    let limit = forge.comment_limit();
    forge.comment(&comment(&"x".repeat(limit))).unwrap();
    fake.take_calls();
    let error = forge.comment(&comment(&"x".repeat(limit + 1_000))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(fake.take_calls().is_empty());
}

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
fn a_proposal_is_one_commit_on_the_base_and_one_pull_request() {
    let fake = fake();
    fake.state().push("main", &[("models/outerloop-pins.yaml", "churn:\n  champion: 1.0.0\n")]);
    fake.state().push("main", &[("train.py", "pass")]);
    let forge = forge(&fake);
    let first = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((first.number, first.change), (Some(2), Change::Created));
    {
        let site = fake.state();
        let branch = "outerloop/promote/churn";
        let file = site.file(branch, "models/outerloop-pins.yaml");
        assert_eq!(file.as_deref(), Some("churn:\n  champion: 1.1.0\n"));
        assert_eq!(site.file(branch, "train.py").as_deref(), Some("pass"));
        assert_eq!(site.commits[&site.branches[branch]]["message"], "Promote churn@1.1.0");
    }
    fake.take_calls();
    assert_eq!(forge.propose(&proposal("Promote churn@1.1.0")).unwrap().change, Change::Unchanged);
    let written = fake.take_calls().into_iter().filter(|c| c.method != "GET");
    assert_eq!(
        written.map(|c| c.line()).collect::<Vec<_>>(),
        ["POST /repos/acme/models/git/trees"]
    );
    fake.assert_no_violations();
}

#[test]
fn a_proposal_follows_its_base_and_its_words() {
    let fake = fake();
    let forge = forge(&fake);
    let first = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    let base = fake.state().push("main", &[("train.py", "pass")]);
    let second = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((second.change, second.number), (Change::Updated, first.number));
    {
        let site = fake.state();
        let commit = &site.commits[&site.branches["outerloop/promote/churn"]];
        assert_eq!(commit["parents"], json!([{ "sha": base }]));
    }
    let third = forge.propose(&proposal("Promote churn@1.2.0")).unwrap();
    assert_eq!(third.change, Change::Updated);
    assert_eq!(fake.state().pulls[1]["title"], "Promote churn@1.2.0");
}

#[test]
fn nothing_is_proposed_once_it_is_merged() {
    let fake = fake();
    let forge = forge(&fake);
    let number = forge.propose(&proposal("Promote churn@1.1.0")).unwrap().number.unwrap();
    fake.state().merge(number);
    let again = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((again.number, again.change), (None, Change::Unchanged));
}

#[test]
fn a_branch_is_never_merged_into_itself_and_a_base_must_exist() {
    let fake = fake();
    let forge = forge(&fake);
    let itself = Proposal { branch: "main".to_owned(), ..proposal("x") };
    assert_eq!(forge.propose(&itself).unwrap_err().kind(), ErrorKind::Config);
    let nowhere = Proposal { base: Some("gone".to_owned()), ..proposal("x") };
    let error = forge.propose(&nowhere).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("`gone`"));
    assert_eq!(fake.state().branches.len(), 2);
}

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

#[test]
fn a_deployment_is_recorded_once_with_each_of_its_states() {
    let fake = fake();
    let commit = main_commit(&fake);
    let forge = forge(&fake);
    let tell = |state| forge.deployment(&deployment(&commit, state)).unwrap().unwrap();
    assert_eq!(tell(DeploymentState::InProgress).change, Change::Created);
    assert_eq!(tell(DeploymentState::InProgress).change, Change::Unchanged);
    assert_eq!(tell(DeploymentState::Success).change, Change::Updated);
    let other =
        Deployment { key: "rollout-2".to_owned(), ..deployment(&commit, DeploymentState::Failure) };
    assert_eq!(forge.deployment(&other).unwrap().unwrap().change, Change::Created);
    let site = fake.state();
    let states = |n: usize| -> Vec<&str> {
        let all = site.deployments[n]["statuses"].as_array().unwrap();
        all.iter().map(|s| s["state"].as_str().unwrap()).collect()
    };
    assert_eq!(states(0), ["in_progress", "success"]);
    assert_eq!(states(1), ["failure"]);
    assert_eq!(site.deployments[0]["payload"]["what"], "churn@1.1.0");
    assert!(site.violations.is_empty(), "{:#?}", site.violations);
}

#[test]
fn a_deployment_of_a_commit_that_was_not_pushed_says_so() {
    let fake = fake();
    let missing = deployment("0ff1ce", DeploymentState::Success);
    let error = forge(&fake).deployment(&missing).unwrap_err();
    assert!(error.hint_text().unwrap().contains("push it"), "{:?}", error.hint_text());
}

#[test]
fn a_local_address_that_is_not_of_the_web_is_left_out() {
    let fake = fake();
    let commit = main_commit(&fake);
    let local = Deployment {
        environment_url: Some("unix:/run/churn".to_owned()),
        ..deployment(&commit, DeploymentState::Success)
    };
    let forge = forge(&fake);
    assert_eq!(forge.deployment(&local).unwrap().unwrap().change, Change::Created);
    assert_eq!(forge.deployment(&local).unwrap().unwrap().change, Change::Unchanged);
    fake.assert_no_violations();
}

#[test]
fn github_knows_no_properties_of_a_run() {
    let fake = fake();
    assert_eq!(forge(&fake).property("outerloop.verdict", "pass").unwrap(), Change::Unchanged);
    assert!(fake.take_calls().is_empty());
}

/// Something that the forge does, and how many of it there are then.
struct Operation {
    name: &'static str,
    run: fn(&dyn Forge, &str) -> Result<()>,
    count: fn(&GitHubFake) -> usize,
}

const OPERATIONS: [Operation; 6] = [
    Operation {
        name: "comment",
        run: |forge, _| forge.comment(&comment("yes")).map(drop),
        count: |fake| fake.state().comments.len(),
    },
    Operation {
        name: "check",
        run: |forge, _| forge.check(&check("text", 60)).map(drop),
        count: |fake| fake.state().checks.len(),
    },
    Operation {
        name: "propose",
        run: |forge, _| forge.propose(&proposal("Promote churn@1.1.0")).map(drop),
        count: |fake| fake.state().pulls.len() - 1,
    },
    Operation {
        name: "open ticket",
        run: |forge, _| forge.open_ticket(&ticket("drift")).map(drop),
        count: |fake| fake.state().issues.len(),
    },
    Operation {
        name: "open and close ticket",
        run: |forge, _| {
            forge.open_ticket(&ticket("drift"))?;
            forge.close_ticket("retrain:churn", "done").map(drop)
        },
        count: |fake| fake.state().comments.len(),
    },
    Operation {
        name: "deployment",
        run: |forge, commit| {
            forge.deployment(&deployment(commit, DeploymentState::Success)).map(drop)
        },
        count: |fake| {
            let site = fake.state();
            let statuses = |d: &Value| d["statuses"].as_array().map_or(0, Vec::len);
            site.deployments.len().max(site.deployments.iter().map(statuses).sum())
        },
    },
];

fn secondary() -> Reply {
    let text = "You have exceeded a secondary rate limit. Please wait a few minutes.";
    Reply::json(403, &json!({ "message": text }))
}

fn faults() -> Vec<(&'static str, Fault, usize)> {
    let error = |status| Reply::json(status, &json!({ "message": "Server Error" }));
    let busy = Reply::json(429, &json!({ "message": "busy" })).header("retry-after", "5");
    vec![
        ("429", Fault::Instead(busy), 2),
        ("secondary limit", Fault::Instead(secondary()), 1),
        ("500 before", Fault::Instead(error(500)), 1),
        ("502 after", Fault::AndThen(error(502)), 1),
        ("cut before", Fault::CutBefore, 1),
        ("cut after", Fault::CutAfter, 1),
        ("cut after, twice", Fault::CutAfter, 2),
        ("slow", Fault::Slow(Duration::from_millis(600)), 1),
    ]
}

#[test]
fn whatever_goes_wrong_at_whichever_call_there_is_one_of_each() {
    std::thread::scope(|scope| {
        for operation in &OPERATIONS {
            scope.spawn(move || survive_faults(operation));
        }
    });
}

fn survive_faults(operation: &Operation) {
    let calls = {
        let fake = fake();
        let commit = main_commit(&fake);
        (operation.run)(&forge(&fake), &commit).unwrap();
        fake.take_calls().len()
    };
    for (fault_name, fault, times) in faults() {
        for at in 0..calls {
            let fake = fake();
            let commit = main_commit(&fake);
            fake.inject(Rule::next(fault.clone()).after(at).times(times));
            let impatient = Some(Duration::from_millis(400));
            let login = login(&fake, Some("ghs_fake"), Arc::default());
            let forge = GitHubForge::new(Login { timeout: impatient, ..login }).expect("a forge");
            let what = format!("{}, {fault_name} at call {at}", operation.name);
            if let Err(error) = (operation.run)(&forge, &commit) {
                panic!("{what}: {error}");
            }
            assert_eq!((operation.count)(&fake), 1, "{what}: {:#}", fake.state().dump());
            // Again, as another run would.
            (operation.run)(&forge, &commit).unwrap();
            let expected = if operation.name == "open and close ticket" { 2 } else { 1 };
            assert_eq!((operation.count)(&fake), expected, "{what}, again");
            fake.assert_no_violations();
        }
    }
}

#[test]
fn a_server_that_stays_broken_is_an_error_that_says_so_and_leaves_at_most_one() {
    for operation in &OPERATIONS {
        let fake = fake();
        let commit = main_commit(&fake);
        fake.inject(Rule::at("POST", "", Fault::CutAfter).times(100));
        let first = (operation.run)(&forge(&fake), &commit);
        fake.heal();
        assert!((operation.count)(&fake) <= 1, "{}: {:#}", operation.name, fake.state().dump());
        if let Err(error) = first {
            assert!(error.is_retryable(), "{}: {error}", operation.name);
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{}: {error}", operation.name);
        }
        let down = GitHubFake::start();
        down.inject(Rule::next(Fault::CutBefore).times(1_000));
        let error = (operation.run)(&forge(&down), &commit).unwrap_err();
        assert!(error.is_retryable(), "{}: {error}", operation.name);
    }
}

#[test]
fn limits_are_waited_for_as_long_as_the_server_says() {
    let fake = fake();
    let clock = Arc::new(TestClock::default());
    let busy = Reply::json(429, &json!({})).header("retry-after", "37");
    fake.inject(Rule::at("POST", "comments", Fault::Instead(busy)));
    forge_with(&fake, Some("ghs_fake"), Arc::clone(&clock)).comment(&comment("yes")).unwrap();
    let slept = clock.0.lock().unwrap().as_secs();
    assert!((37..60).contains(&slept), "{slept} s");

    let hour = Reply::json(429, &json!({})).header("retry-after", "3600");
    fake.inject(Rule::at("PATCH", "comments", Fault::Instead(hour)));
    let error = forge(&fake).comment(&comment("no")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable() && error.hint_text().unwrap().contains("3600 s"));
}

fn refused(permissions: &[&str], run: impl Fn(&dyn Forge, &str) -> Result<()>) -> Error {
    let fake = fake();
    let commit = main_commit(&fake);
    fake.state().permissions = Permissions::of(permissions);
    let error = run(&forge(&fake), &commit).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    error
}

#[test]
fn a_missing_permission_is_named_with_the_place_to_set_it() {
    let cases: [(&str, &[&str]); 6] = [
        ("pull-requests: write", &["contents: read", "pull-requests: read"]),
        ("checks: write", &["contents: read"]),
        ("contents: write", &["contents: read", "pull-requests: write"]),
        ("issues: write", &["contents: read"]),
        ("issues: write", &["issues: read"]),
        ("deployments: write", &["deployments: read"]),
    ];
    for (operation, (missing, permissions)) in OPERATIONS.iter().zip(cases) {
        let error = refused(permissions, operation.run);
        let hint = error.hint_text().unwrap_or_default();
        let expected = format!("`permissions: {{{missing}}}`");
        assert!(hint.contains(&expected), "{}: {hint}", operation.name);
    }
    let read = ["contents: write", "pull-requests: read"];
    let error = refused(&read, |forge, _| forge.propose(&proposal("x")).map(drop));
    assert!(error.hint_text().unwrap().contains("`permissions: {pull-requests: write}`"));
}

#[test]
fn a_repository_that_forbids_workflows_to_open_pull_requests_is_told_apart() {
    let fake = fake();
    fake.state().may_open_pull_requests = false;
    let error = forge(&fake).propose(&proposal("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint_text().unwrap().contains("allow GitHub Actions to create"));
}

#[test]
fn a_fork_is_told_that_its_token_may_only_read() {
    let fake = fake();
    fake.state().permissions = Permissions::of(&["contents: read", "pull-requests: read"]);
    let mut from_fork = comment("yes");
    from_fork.pull_request.from_fork = true;
    let error = forge(&fake).comment(&from_fork).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint_text().unwrap().contains("workflow_run"));
}

#[test]
fn without_a_token_nothing_is_sent_and_with_a_wrong_one_it_is_said() {
    let fake = fake();
    for token in [None, Some(""), Some(" ")] {
        let error = forge_with(&fake, token, Arc::default()).comment(&comment("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(error.hint_text().unwrap().contains("GITHUB_TOKEN"));
    }
    assert!(fake.take_calls().is_empty());
    let error = forge_with(&fake, Some("old"), Arc::default()).comment(&comment("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().contains("Bad credentials"));
    assert!(error.hint_text().unwrap().contains("expired"));
}

#[test]
fn hostile_texts_arrive_whole_and_break_nothing() {
    let hostile = "churn\n::error::x\r\n##vso[task.complete]-->\u{202e}<script>'\"\\\u{1b}[31m{{}}";
    let fake = fake();
    let commit = main_commit(&fake);
    let forge = forge(&fake);
    forge.comment(&comment(hostile)).unwrap();
    forge.check(&Check { name: hostile.to_owned(), ..check(hostile, 1) }).unwrap();
    let edit = |_: Option<&str>| Ok(hostile.to_owned());
    let proposal = Proposal { edit: &edit, body: hostile.to_owned(), ..proposal(hostile) };
    forge.propose(&proposal).unwrap();
    forge.open_ticket(&Ticket { title: hostile.to_owned(), ..ticket(hostile) }).unwrap();
    let deployment = Deployment {
        key: hostile.to_owned(),
        environment: hostile.to_owned(),
        what: hostile.to_owned(),
        description: hostile.to_owned(),
        ..deployment(&commit, DeploymentState::Success)
    };
    forge.deployment(&deployment).unwrap();
    assert_eq!(forge.deployment(&deployment).unwrap().unwrap().change, Change::Unchanged);
    assert_eq!(forge.propose(&proposal).unwrap().change, Change::Unchanged);
    let site = fake.state();
    assert!(site.comments[0]["body"].as_str().unwrap().ends_with(hostile));
    assert_eq!(site.checks[0]["name"], hostile);
    assert_eq!(
        site.file("outerloop/promote/churn", "models/outerloop-pins.yaml").unwrap(),
        hostile
    );
    assert_eq!(site.issues[0]["title"], hostile);
    assert_eq!(site.deployments[0]["environment"], hostile);
    assert!(site.violations.is_empty(), "{:#?}", site.violations);
}

#[test]
fn a_marker_that_could_end_its_hidden_line_is_refused() {
    let fake = fake();
    let hostile = Comment { marker: "a --> <script>".to_owned(), ..comment("x") };
    let error = forge(&fake).comment(&hostile).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(fake.take_calls().is_empty());
}
