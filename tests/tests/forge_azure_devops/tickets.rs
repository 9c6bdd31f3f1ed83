use outerloop_core::domain::error::{ErrorKind, Result};
use outerloop_core::ports::forge::{Change, Forge, Posted, Ticket};
use outerloop_tests::azure_devops::{AzureDevOpsFake, WorkItem, World};

use crate::setting::{at_every_call, forge};

const KEY: &str = "retrain:churn";

fn ticket(markdown: &str) -> Ticket {
    Ticket {
        key: KEY.to_owned(),
        title: "Retrain churn".to_owned(),
        markdown: markdown.to_owned(),
        labels: vec!["outerloop".to_owned(), "ml ops".to_owned()],
        kind: "Issue".to_owned(),
    }
}

fn open(fake: &AzureDevOpsFake, markdown: &str) -> Result<Posted> {
    forge(fake).open_ticket(&ticket(markdown))
}

fn close(fake: &AzureDevOpsFake) -> Result<Option<Posted>> {
    forge(fake).close_ticket(KEY, "Answered by <code>churn@1.2.0</code>")
}

fn the_one(world: &World) -> (u64, &WorkItem) {
    let open = world.open_work_items();
    assert_eq!(open.len(), 1, "{open:#?}");
    open[0]
}

#[test]
fn a_work_item_is_opened_once_changed_and_closed() {
    let fake = AzureDevOpsFake::start();
    let made = open(&fake, "- drift in `a`\n- it's old & <b>").unwrap();
    assert_eq!(made.change, Change::Created);
    assert!(made.url.unwrap().ends_with(&format!("/credit%20risk/_workitems/edit/{}", made.id)));
    assert_eq!(open(&fake, "- drift in `a`\n- it's old & <b>").unwrap().change, Change::Unchanged);
    let changed = open(&fake, "- drift in `b`").unwrap();
    assert_eq!((changed.change, &changed.id), (Change::Updated, &made.id));
    {
        let state = fake.state();
        let (_, item) = the_one(&state);
        assert_eq!(item.fields["System.Tags"], "outerloop; ml ops; outerloop:retrain:churn");
        assert_eq!(item.fields["System.WorkItemType"], "Issue");
        assert!(item.fields["System.Description"].contains("drift in `b`"));
    }
    assert_eq!(close(&fake).unwrap().unwrap().id, made.id);
    assert_eq!(close(&fake).unwrap(), None);
    let state = fake.state();
    assert_eq!(state.open_work_items().len(), 0);
    let item = state.work_items.values().next().unwrap();
    assert_eq!(item.comments, ["Answered by <code>churn@1.2.0</code>"]);
    drop(state);
    let again = open(&fake, "- drift in `b`").unwrap();
    assert_eq!(again.change, Change::Created);
    assert_ne!(again.id, made.id);
    fake.assert_no_violations();
}

#[test]
fn what_people_added_stays() {
    let fake = AzureDevOpsFake::start();
    open(&fake, "x").unwrap();
    {
        let mut state = fake.state();
        let item = state.work_items.values_mut().next().unwrap();
        item.fields.insert("System.Tags".to_owned(), "mine; OuterLoop:retrain:churn".to_owned());
        item.fields.insert("System.State".to_owned(), "Doing".to_owned());
    }
    assert_eq!(open(&fake, "x").unwrap().change, Change::Updated);
    let state = fake.state();
    let (_, item) = the_one(&state);
    assert_eq!(item.fields["System.Tags"], "mine; OuterLoop:retrain:churn; outerloop; ml ops");
    assert_eq!(item.fields["System.State"], "Doing");
}

#[test]
fn a_work_item_of_another_model_is_another_one() {
    let fake = AzureDevOpsFake::start();
    open(&fake, "x").unwrap();
    let other = Ticket { key: "retrain:churn2".to_owned(), ..ticket("y") };
    assert_eq!(forge(&fake).open_ticket(&other).unwrap().change, Change::Created);
    close(&fake).unwrap();
    let state = fake.state();
    assert!(the_one(&state).1.fields["System.Tags"].ends_with("outerloop:retrain:churn2"));
}

#[test]
fn every_fault_at_every_call_leads_to_exactly_one_work_item() {
    at_every_call(
        |_| {},
        |fake| open(fake, "x"),
        |world, posted, what| {
            assert_eq!(posted.id, the_one(world).0.to_string(), "{what}");
            assert_eq!(world.work_items.len(), 1, "{what}");
            assert_eq!(posted.change, Change::Created, "{what}");
        },
    );
    at_every_call(
        |fake| drop(open(fake, "x").unwrap()),
        close,
        |world, posted, what| {
            assert!(posted.is_some(), "{what}");
            assert!(world.open_work_items().is_empty(), "{what}");
            assert_eq!(world.work_items.values().next().unwrap().comments.len(), 1, "{what}");
        },
    );
}

#[test]
fn many_runs_at_once_leave_one_open() {
    for _ in 0..5 {
        let fake = AzureDevOpsFake::start();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| open(&fake, "x").unwrap());
            }
        });
        let state = fake.state();
        let oldest = *state.work_items.keys().next().unwrap();
        assert_eq!(the_one(&state).0, oldest);
        let others = state.work_items.values().filter(|i| i.fields["System.State"] == "Done");
        assert!(
            others.clone().all(|item| item.comments.len() == 1),
            "{:#?}",
            others.collect::<Vec<_>>()
        );
    }
}

#[test]
fn an_unknown_type_says_which_there_are() {
    let fake = AzureDevOpsFake::start();
    let error = forge(&fake).open_ticket(&Ticket { kind: "Bug".to_owned(), ..ticket("x") });
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint_text().unwrap().contains("retrain.ticket.kind"));
}

#[test]
fn hostile_text_is_text_and_a_hostile_key_is_refused() {
    let fake = AzureDevOpsFake::start();
    let hostile = Ticket {
        title: "<script>\"'##vso[x]\n".repeat(100),
        ..ticket("<img src=x onerror=y>&#x27;[a](javascript:b)")
    };
    forge(&fake).open_ticket(&hostile).unwrap();
    assert_eq!(forge(&fake).open_ticket(&hostile).unwrap().change, Change::Unchanged);
    let state = fake.state();
    let (_, item) = the_one(&state);
    assert!(!item.fields["System.Description"].contains("<img"));
    assert_eq!(item.fields["System.Title"].chars().count(), 255);
    drop(state);
    let key = "x' OR [System.Tags] CONTAINS 'y; z".to_owned();
    assert!(forge(&fake).open_ticket(&Ticket { key, ..ticket("x") }).is_err());
    let quoted = Ticket { key: "it's:x".to_owned(), ..ticket("x") };
    assert_eq!(forge(&fake).open_ticket(&quoted).unwrap().change, Change::Created);
    assert_eq!(forge(&fake).open_ticket(&quoted).unwrap().change, Change::Unchanged);
    fake.assert_no_violations();
}
