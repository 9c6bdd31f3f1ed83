//! A pull request on a strict fake of GitHub, and what is told about it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outerloop_core::adapters::forge::github::GitHubForge;
use outerloop_core::adapters::github::Login;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::secret::Secret;
use outerloop_core::ports::clock::Clock;
use outerloop_core::ports::forge::{
    Check, CheckState, Comment, Deployment, DeploymentState, Proposal, Ticket,
};
use outerloop_core::ports::host::{Annotation, Level, Place, PullRequest};
use outerloop_tests::github::GitHubFake;

/// Time that passes only while somebody sleeps.
#[derive(Default)]
pub struct TestClock(pub Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        let begin: jiff::Timestamp = "2026-11-22T08:00:00Z".parse().expect("a time");
        begin + *self.0.lock().expect("a clock")
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().expect("a clock") += duration;
    }
}

pub fn login(fake: &GitHubFake, token: Option<&str>, clock: Arc<TestClock>) -> Login {
    Login {
        api: fake.url.clone(),
        web: "https://github.com".to_owned(),
        repository: "acme/models".to_owned(),
        token: token.map(Secret::new),
        clock,
        timeout: None,
    }
}

pub fn forge_with(fake: &GitHubFake, token: Option<&str>, clock: Arc<TestClock>) -> GitHubForge {
    GitHubForge::new(login(fake, token, clock)).expect("a forge")
}

pub fn forge(fake: &GitHubFake) -> GitHubForge {
    forge_with(fake, Some("ghs_fake"), Arc::default())
}

/// A fake with pull request 1.
pub fn fake() -> GitHubFake {
    let fake = GitHubFake::start();
    assert_eq!(fake.state().open_pull("candidate"), 1);
    fake
}

pub fn pull_request(number: u64) -> PullRequest {
    PullRequest { number, head: None, base: None, from_fork: false }
}

pub fn comment(text: &str) -> Comment {
    Comment {
        pull_request: pull_request(1),
        marker: "validate:churn".to_owned(),
        markdown: text.to_owned(),
        open: false,
    }
}

pub fn check(text: &str, annotations: usize) -> Check {
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

pub fn pin(_: Option<&str>) -> Result<String> {
    Ok("churn:\n  champion: 1.1.0\n".to_owned())
}

pub fn proposal(title: &str) -> Proposal<'static> {
    Proposal {
        branch: "outerloop/promote/churn".to_owned(),
        base: None,
        path: "models/outerloop-pins.yaml".to_owned(),
        edit: &pin,
        title: title.to_owned(),
        body: "why".to_owned(),
    }
}

pub fn ticket(text: &str) -> Ticket {
    Ticket {
        key: "retrain:churn".to_owned(),
        title: "Retrain churn".to_owned(),
        markdown: text.to_owned(),
        labels: vec!["retrain".to_owned()],
        kind: "Issue".to_owned(),
    }
}

pub fn deployment(commit: &str, state: DeploymentState) -> Deployment {
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

pub fn main_commit(fake: &GitHubFake) -> String {
    fake.state().branches["main"].clone()
}

pub fn bodies(fake: &GitHubFake) -> Vec<String> {
    let site = fake.state();
    site.comments.iter().map(|c| c["body"].as_str().unwrap_or_default().to_owned()).collect()
}
