//! Comments: one a marker, whoever else writes below the pull request.

use outerloop_core::domain::error::ErrorKind;
use outerloop_core::ports::forge::{Change, Comment, Forge};

use crate::setting::{bodies, comment, fake, forge};

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
fn a_marker_that_could_end_its_hidden_line_is_refused() {
    let fake = fake();
    let hostile = Comment { marker: "a --> <script>".to_owned(), ..comment("x") };
    let error = forge(&fake).comment(&hostile).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(fake.take_calls().is_empty());
}
