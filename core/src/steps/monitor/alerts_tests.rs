use jiff::{Span, Timestamp};
use proptest::prelude::*;

use super::alerts::{fold, open};
use crate::config::valid::AlertRule;
use crate::domain::alert::{AlertState, DATA_SET};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::event::Monitored;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};

const NAME: &str = "drift.age.psi";

fn signal(verdict: SignalVerdict) -> Signal {
    Signal {
        name: NAME.to_owned(),
        kind: SignalKind::Drift,
        column: Some("age".to_owned()),
        metric: "psi".to_owned(),
        value: Some(0.3),
        low: None,
        high: None,
        above: Some(0.2),
        below: None,
        basis: Basis::Threshold,
        verdict,
        why: "psi 0.300 is above 0.2".to_owned(),
    }
}

fn window(number: u64, verdict: SignalVerdict) -> Monitored {
    Monitored {
        version: "1.0.0".parse().unwrap(),
        status: match verdict {
            SignalVerdict::Ok => DriftStatus::Ok,
            SignalVerdict::Breach => DriftStatus::Drift,
            SignalVerdict::Inconclusive => DriftStatus::Inconclusive,
        },
        rows: 500,
        window: Digest::of(&number.to_le_bytes()),
        drifted: Vec::new(),
        summary: vec!["1 of 3 columns drifted".to_owned()],
        performance: Vec::new(),
        signals: vec![signal(verdict)],
        alerts: Vec::new(),
        span: None,
        chunks: Vec::new(),
        labels: None,
    }
}

fn at(number: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Span::new().hours(number as i64)
}

/// The history of these windows, each folded over those before it.
fn history(verdicts: &[SignalVerdict], rule: AlertRule) -> Vec<Monitored> {
    let mut all: Vec<Monitored> = Vec::new();
    for (i, verdict) in verdicts.iter().enumerate() {
        let mut found = window(i as u64, *verdict);
        let before: Vec<&Monitored> = all.iter().collect();
        found.alerts = fold(&before, &found, rule, at(i as u64));
        all.push(found);
    }
    all
}

fn states(history: &[Monitored], name: &str) -> Vec<Option<AlertState>> {
    let of = |m: &Monitored| m.alerts.iter().find(|a| a.signal == name).map(|a| a.state);
    history.iter().map(of).collect()
}

use AlertState::{Closed, Open, Opened};
use SignalVerdict::{Breach as B, Inconclusive as I, Ok as K};

#[test]
fn an_alert_opens_and_closes_by_itself() {
    let every = AlertRule { breaches: 1, of: 1 };
    let found = history(&[K, B, B, I, K, K, B], every);
    let expected = [None, Some(Opened), Some(Open), Some(Open), Some(Closed), None, Some(Opened)];
    for name in [NAME, DATA_SET] {
        assert_eq!(states(&found, name), expected, "{name}");
    }
    let since: Vec<_> = found.iter().flat_map(|m| &m.alerts).map(|a| a.since).collect();
    assert_eq!(since[..6], [at(1); 6], "it stays open since it was opened");
    assert!(found[1].alerts.iter().any(|a| a.why == "psi 0.300 is above 0.2"));
    for stays in &found[2..4] {
        let why = "since 1970-01-01T01:00:00Z: psi 0.300 is above 0.2";
        assert!(stays.alerts.iter().any(|a| a.why == why), "{:?}", stays.alerts);
    }
}

#[test]
fn two_of_three_forgive_one_and_need_as_many_calm_ones() {
    let rule = AlertRule { breaches: 2, of: 3 };
    let found = history(&[B, K, K, B, I, B, K, K], rule);
    let expected = [None, None, None, None, None, Some(Opened), Some(Open), Some(Closed)];
    assert_eq!(states(&found, NAME), expected);
    assert!(found[5].alerts[0].why.ends_with("2 of the last 3 windows breached"));
}

#[test]
fn a_detector_opens_at_once_and_stays_while_its_window_is_among_the_last() {
    let rule = AlertRule { breaches: 2, of: 3 };
    let mut all: Vec<Monitored> = Vec::new();
    for (i, verdict) in [K, B, K, I, K, K].into_iter().enumerate() {
        let mut found = window(i as u64, verdict);
        found.signals[0].basis = Basis::PageHinkley;
        let before: Vec<&Monitored> = all.iter().collect();
        found.alerts = fold(&before, &found, rule, at(i as u64));
        all.push(found);
    }
    let expected = [None, Some(Opened), Some(Open), Some(Open), Some(Open), Some(Closed)];
    assert_eq!(states(&all, NAME), expected);
    assert_eq!(states(&all, DATA_SET), [None; 6], "the answer as a whole needs two");
}

#[test]
fn another_version_begins_its_own_row_and_closes_what_is_over() {
    let rule = AlertRule { breaches: 2, of: 3 };
    let mut all = history(&[B, B], rule);
    let mut next = window(9, K);
    next.version = "2.0.0".parse().unwrap();
    let before: Vec<&Monitored> = all.iter().collect();
    next.alerts = fold(&before, &next, rule, at(9));
    assert!(next.alerts.iter().all(|a| a.state == Closed), "{:?}", next.alerts);
    all.push(next);
    assert!(open(&all).is_empty());
}

#[test]
fn the_alert_of_a_column_that_is_left_out_is_closed_and_of_missing_labels_is_not() {
    let rule = AlertRule { breaches: 1, of: 1 };
    let all = history(&[B], rule);
    let before: Vec<&Monitored> = all.iter().collect();
    let mut other = window(3, K);
    other.signals[0].name = "drift.wage.psi".to_owned();
    other.signals[0].column = Some("wage".to_owned());
    let alerts = fold(&before, &other, rule, at(3));
    let closed = alerts.iter().find(|a| a.signal == NAME).expect("an alert");
    assert_eq!((closed.state, closed.why.as_str()), (Closed, "it is no longer looked at"));
    let mut unlabelled = window(4, K);
    unlabelled.signals.clear();
    let alerts = fold(&before, &unlabelled, rule, at(4));
    assert_eq!(alerts.iter().find(|a| a.signal == NAME).map(|a| a.state), Some(Open));
}

proptest! {
    #[test]
    fn it_is_open_exactly_while_enough_of_the_last_windows_breach(
        picks in prop::collection::vec(0..3usize, 1..40), of in 1..6usize, share in 1..6usize,
    ) {
        let rule = AlertRule { breaches: share.min(of), of };
        let verdicts: Vec<SignalVerdict> = picks.iter().map(|i| [K, B, I][*i]).collect();
        let found = history(&verdicts, rule);
        let mut is_open = false;
        for (i, window) in found.iter().enumerate() {
            let said: Vec<bool> =
                verdicts[..=i].iter().rev().filter(|v| **v != I).take(of).map(|v| *v == B).collect();
            let due = said.iter().filter(|b| **b).count() >= rule.breaches;
            let state = window.alerts.iter().find(|a| a.signal == NAME).map(|a| a.state);
            // What says nothing changes nothing; else it follows from the last windows alone.
            let now = if verdicts[i] == I { is_open } else { due };
            let expected = match (is_open, now) {
                (false, false) => None,
                (false, true) => Some(Opened),
                (true, true) => Some(Open),
                (true, false) => Some(Closed),
            };
            prop_assert_eq!(state, expected, "window {}", i);
            is_open = now;
        }
        prop_assert_eq!(open(&found).contains_key(NAME), is_open);
    }
}
