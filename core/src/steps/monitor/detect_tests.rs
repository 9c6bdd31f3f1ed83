use super::detect::{self, Asked};
use super::judge::Judge;
use super::tests::config;
use crate::config::valid::{Detector, Limit, MonitorConfig, SignalRule};
use crate::domain::digest::Digest;
use crate::domain::drift::{DriftStatus, Performance};
use crate::domain::event::Monitored;
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};
use crate::domain::window::Labels;

fn performance(metric: &str, value: f64) -> Performance {
    let (low, high) = (value - 0.02, value + 0.02);
    Performance { metric: metric.to_owned(), value, low, high, rows: 500, baseline: None }
}

fn window(performance: Vec<Performance>, signals: Vec<Signal>) -> Monitored {
    Monitored {
        version: "1.0.0".parse().expect("a version"),
        status: DriftStatus::Ok,
        rows: 500,
        window: Digest::of(b"rows"),
        drifted: Vec::new(),
        summary: Vec::new(),
        performance,
        signals,
        alerts: Vec::new(),
        span: None,
        chunks: Vec::new(),
        labels: None,
    }
}

fn signal(kind: SignalKind, metric: &str, value: f64) -> Signal {
    let column = (kind != SignalKind::Performance).then(|| "age".to_owned());
    Signal {
        name: Signal::name_of(kind, column.as_deref(), metric),
        kind,
        column,
        metric: metric.to_owned(),
        value: Some(value),
        low: None,
        high: None,
        above: None,
        below: None,
        basis: Basis::Threshold,
        verdict: SignalVerdict::Ok,
        why: String::new(),
    }
}

fn ruled(metric: &str, above: Option<Limit>, below: Option<Limit>) -> MonitorConfig {
    let signals = vec![SignalRule { metric: metric.to_owned(), column: None, above, below }];
    MonitorConfig { signals, ..config() }
}

/// Values that swing by a hundredth around a level.
fn around(level: f64, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| level + [0.004, -0.01, 0.01, 0.0, -0.004][i * 3 % 5])
}

/// The signals of windows with these values, each judged with the windows before it, of which only
/// the performance is known.
fn signals(config: &MonitorConfig, metric: &str, values: impl Iterator<Item = f64>) -> Vec<Signal> {
    let (mut windows, mut found) = (Vec::<Monitored>::new(), Vec::new());
    for value in values {
        let before: Vec<&Monitored> = windows.iter().collect();
        let measured = vec![performance(metric, value)];
        found.extend(Judge { config, before: &before }.performance(&measured));
        windows.push(window(measured, Vec::new()));
    }
    found
}

fn breaches(signals: &[Signal]) -> Vec<usize> {
    (0..signals.len()).filter(|i| signals[*i].is_breach()).collect()
}

#[test]
fn a_fall_breaches_once_in_words_and_the_new_level_is_the_reference() {
    for (detector, basis, fewest) in
        [(Detector::PageHinkley, Basis::PageHinkley, 5), (Detector::Ddm, Basis::Ddm, 1)]
    {
        let config = ruled("accuracy", None, Some(Limit::Detector(detector)));
        let found = signals(&config, "accuracy", around(0.9, 20).chain(around(0.8, 10)));
        assert!(found.iter().all(|s| s.basis == basis && s.above.is_none() && s.below.is_none()));
        let few = |s: &&Signal| s.verdict == SignalVerdict::Inconclusive;
        assert_eq!(found.iter().filter(few).count(), fewest);
        let why = format!("0 earlier windows, {} needs at least {fewest}", detector.as_str());
        assert_eq!(found[0].why, why);
        let [at] = breaches(&found)[..] else { panic!("{detector:?}: {:?}", breaches(&found)) };
        assert!((20..22).contains(&at), "{detector:?}: {at}");
        let why = &found[at].why;
        assert!(why.starts_with("accuracy fell from 0.9"), "{why}");
        assert!(why.contains("in the mean of") && why.contains(" windows to 0."), "{why}");
        let next = &found[at + 1];
        assert_eq!(next.verdict, SignalVerdict::Ok);
        assert!(next.why.contains("began anew after a change: 0 windows since"), "{}", next.why);
        assert!(found[19].why.is_empty() && found[29].why.is_empty(), "{:?}", found[29]);
    }
}

#[test]
fn a_change_the_other_way_is_said_and_no_breach() {
    let rule = |above, below| {
        let limit = |asked: bool| asked.then_some(Limit::Detector(Detector::PageHinkley));
        ruled("brier", limit(above), limit(below))
    };
    let values = || around(0.2, 20).chain(around(0.1, 10)).chain(around(0.3, 10));
    let found = signals(&rule(true, false), "brier", values());
    let [up] = breaches(&found)[..] else { panic!("{:?}", breaches(&found)) };
    assert!((30..33).contains(&up) && found[up].why.starts_with("brier rose from 0."), "{up}");
    let fell = found.iter().position(|s| s.why.ends_with("; the rule does not ask for that"));
    let fell = fell.expect("the fall is said");
    assert!((20..23).contains(&fell) && found[fell].verdict == SignalVerdict::Ok);
    assert_eq!(breaches(&signals(&rule(false, true), "brier", values())), [fell]);
    assert_eq!(breaches(&signals(&rule(true, true), "brier", values())), [fell, up]);
}

#[test]
fn a_number_beside_a_detector_is_a_bound_too() {
    let adwin = Some(Limit::Detector(Detector::Adwin));
    let config = ruled("accuracy", adwin, Some(Limit::Value(0.85)));
    let found = signals(&config, "accuracy", around(0.9, 12).chain([0.8]));
    assert_eq!(found[9].verdict, SignalVerdict::Inconclusive);
    assert_eq!((found[11].verdict, found[11].below), (SignalVerdict::Ok, Some(0.85)));
    assert!(found[12].is_breach() && found[12].why.contains("is below 0.85"), "{:?}", found[12]);
}

#[test]
fn windows_count_that_say_something_of_the_number_also_those_that_breached() {
    let kind = SignalKind::Drift;
    let mut breached = window(Vec::new(), vec![signal(kind, "psi", 0.3)]);
    breached.signals[0].verdict = SignalVerdict::Breach;
    let mut of_preset = window(Vec::new(), vec![signal(kind, "psi", 0.1)]);
    of_preset.signals[0].basis = Basis::Preset;
    let few = Monitored { rows: 100, ..window(Vec::new(), vec![signal(kind, "psi", 0.1)]) };
    let mut silent = window(Vec::new(), vec![signal(kind, "psi", 0.1)]);
    silent.status = DriftStatus::Inconclusive;
    let other = window(Vec::new(), vec![signal(kind, "ks", 0.1)]);
    let mut alone = Monitored { rows: 0, ..window(Vec::new(), vec![signal(kind, "psi", 0.1)]) };
    let labels = Labels { digest: few.window, matched: 300, unmatched: 0, twice: 0, alone: true };
    alone.labels = Some(labels);
    let config = config();
    for (earlier, counts) in [
        (&breached, true),
        (&alone, true),
        (&of_preset, false),
        (&few, false),
        (&silent, false),
        (&other, false),
    ] {
        let before = [earlier];
        let mut now = signal(kind, "psi", 0.1);
        let asked = Asked { detector: Detector::PageHinkley, above: true, below: false };
        detect::judge(&Judge { config: &config, before: &before }, &mut now, asked, None);
        let said = format!("{} earlier windows", u8::from(counts));
        assert!(now.why.starts_with(&said), "{said}: {}", now.why);
    }
}

#[test]
fn settings_are_those_of_the_configuration() {
    let mut config = ruled("accuracy", None, Some(Limit::Detector(Detector::PageHinkley)));
    let values = || around(0.9, 20).chain(around(0.88, 10));
    assert_eq!(breaches(&signals(&config, "accuracy", values())).len(), 1);
    config.detectors.threshold = 50.0;
    assert!(breaches(&signals(&config, "accuracy", values())).is_empty());
    let mut config = ruled("accuracy", None, Some(Limit::Detector(Detector::Ddm)));
    assert_eq!(breaches(&signals(&config, "accuracy", values())).len(), 1);
    config.detectors.deviations = 30.0;
    assert!(breaches(&signals(&config, "accuracy", values())).is_empty());
    let mut config = ruled("accuracy", None, Some(Limit::Detector(Detector::Adwin)));
    let long = || around(0.9, 60).chain(around(0.1, 40));
    assert_eq!(breaches(&signals(&config, "accuracy", long())).len(), 1);
    config.detectors.delta = 1e-12;
    assert!(breaches(&signals(&config, "accuracy", long())).is_empty());
}

#[test]
fn a_breach_makes_the_answer_whatever_the_rule_names() {
    let config = config();
    let judge = Judge { config: &config, before: &[] };
    let mut psi = signal(SignalKind::Drift, "psi", 0.1);
    assert!(!judge.is_own(&psi));
    for basis in [Basis::History, Basis::Adwin, Basis::PageHinkley, Basis::Ddm] {
        psi.basis = basis;
        assert!(judge.is_own(&psi), "{basis:?}");
    }
}
