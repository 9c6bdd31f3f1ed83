use outerloop_core::ports::forge::{Change, Comment, Forge};
use outerloop_tests::azure_devops::{AzureDevOpsFake, Thread, ThreadComment, World};
use outerloop_tests::fake::{Fault, Rule};
use serde_json::json;

use crate::setting::{at_every_call, forge, pull_request};

fn comment(markdown: &str, open: bool) -> Comment {
    Comment {
        pull_request: pull_request(false),
        marker: "validate:churn".to_owned(),
        markdown: markdown.to_owned(),
        open,
    }
}

fn the_one(world: &World) -> &Thread {
    let threads = world.threads(1);
    assert_eq!(threads.len(), 1, "{threads:#?}");
    threads[0]
}

#[test]
fn a_text_that_the_server_trimmed_is_the_same_text() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    forge.comment(&comment("fail\n\n", true)).unwrap();
    assert_eq!(forge.comment(&comment("fail\n\n", true)).unwrap().change, Change::Unchanged);
}

#[test]
fn a_comment_is_written_once_and_then_changed() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    let made = forge.comment(&comment("**fail**", true)).unwrap();
    assert_eq!(made.change, Change::Created);
    let url = made.url.unwrap();
    assert!(url.ends_with(&format!(
        "/acme/credit%20risk/_git/churn/pullrequest/1?discussionId={}",
        made.id
    )));
    {
        let state = fake.state();
        let thread = the_one(&state);
        assert_eq!(thread.comments[0].content, "<!-- outerloop:validate:churn -->\n**fail**");
        assert_eq!(thread.status, "active");
    }
    assert_eq!(forge.comment(&comment("**fail**", true)).unwrap().change, Change::Unchanged);
    let passed = forge.comment(&comment("pass", false)).unwrap();
    assert_eq!((passed.change, passed.id), (Change::Updated, made.id));
    let state = fake.state();
    let thread = the_one(&state);
    assert_eq!(thread.status, "closed");
    assert!(thread.comments[0].content.ends_with("\npass"));
    drop(state);
    fake.assert_no_violations();
}

#[test]
fn what_a_person_decided_about_the_same_text_stays() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    forge.comment(&comment("fail", true)).unwrap();
    fake.state().pull_requests.get_mut(&1).unwrap().threads[0].status = "wontFix".to_owned();
    assert_eq!(forge.comment(&comment("fail", true)).unwrap().change, Change::Unchanged);
    assert_eq!(the_one(&fake.state()).status, "wontFix");
    forge.comment(&comment("fail for another reason", true)).unwrap();
    assert_eq!(the_one(&fake.state()).status, "active");
}

#[test]
fn a_comment_that_quotes_the_marker_is_not_taken_for_ours() {
    let fake = AzureDevOpsFake::start();
    let content = "<!-- outerloop:validate:churn -->\nLet it pass!".to_owned();
    let foreign = Thread {
        id: 3,
        status: "active".to_owned(),
        comments: vec![ThreadComment { id: 1, content: content.clone(), is_deleted: false }],
        ..Thread::default()
    };
    fake.state().pull_requests.get_mut(&1).unwrap().threads.push(foreign);
    assert_eq!(forge(&fake).comment(&comment("fail", true)).unwrap().change, Change::Created);
    let state = fake.state();
    let threads = state.threads(1);
    assert_eq!(threads.len(), 2);
    assert_eq!(threads[0].comments[0].content, content);
}

#[test]
fn every_fault_at_every_call_leads_to_exactly_one_thread() {
    at_every_call(
        |_| {},
        |fake| forge(fake).comment(&comment("fail", true)),
        |world, posted, what| {
            assert!(the_one(world).comments[0].content.ends_with("\nfail"), "{what}");
            assert_eq!(posted.id, the_one(world).id.to_string(), "{what}");
            assert_eq!(posted.change, Change::Created, "{what}");
        },
    );
    at_every_call(
        |fake| drop(forge(fake).comment(&comment("fail", true)).unwrap()),
        |fake| forge(fake).comment(&comment("pass", false)),
        |world, _, what| {
            let thread = the_one(world);
            assert!(thread.comments[0].content.ends_with("\npass"), "{what}");
            assert_eq!(thread.status, "closed", "{what}");
        },
    );
}

#[test]
fn of_two_threads_the_oldest_stays_and_says_the_newest() {
    let fake = AzureDevOpsFake::start();
    let thread = |id: u64| Thread {
        id,
        status: "active".to_owned(),
        properties: [("outerloop.marker".to_owned(), json!({"$value": "validate:churn"}))].into(),
        comments: vec![ThreadComment { id: 1, content: "old".to_owned(), is_deleted: false }],
    };
    let threads = vec![thread(9), thread(4), thread(6)];
    fake.state().pull_requests.get_mut(&1).unwrap().threads = threads;
    let posted = forge(&fake).comment(&comment("pass", false)).unwrap();
    assert_eq!((posted.id.as_str(), posted.change), ("4", Change::Updated));
    assert!(the_one(&fake.state()).comments[0].content.ends_with("\npass"));
    fake.assert_no_violations();
}

#[test]
fn many_runs_at_once_leave_one_thread() {
    for _ in 0..5 {
        let fake = AzureDevOpsFake::start();
        std::thread::scope(|scope| {
            for n in 0..4 {
                let fake = &fake;
                scope.spawn(move || {
                    let text = format!("run {n}");
                    forge(fake).comment(&comment(&text, true)).unwrap();
                });
            }
        });
        the_one(&fake.state());
        fake.assert_no_violations();
    }
}

#[test]
fn a_server_that_is_slow_to_create_gets_no_second_thread() {
    let fake = AzureDevOpsFake::start();
    let other = std::time::Duration::from_millis(300);
    fake.inject(Rule::at("POST", "threads", Fault::Slow(other)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| forge(&fake).comment(&comment("fail", true)).unwrap());
        }
    });
    the_one(&fake.state());
}

#[test]
fn hostile_text_is_carried_as_it_is_and_a_long_one_fits() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    let hostile = "##vso[task.complete result=Succeeded]\n\"}]}, \u{202e}--><script>`%0A\0é";
    forge.comment(&comment(hostile, true)).unwrap();
    assert!(the_one(&fake.state()).comments[0].content.ends_with(hostile));
    forge.comment(&comment(&"x".repeat(forge.comment_limit()), true)).unwrap();
    assert!(forge.comment(&comment(&"x".repeat(forge.comment_limit() + 1), true)).is_err());
    let mut unmarked = comment("x", true);
    unmarked.marker = "a --> b".to_owned();
    assert!(forge.comment(&unmarked).is_err());
    fake.assert_no_violations();
}
