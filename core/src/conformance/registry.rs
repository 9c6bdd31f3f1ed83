//! What [`Registry`] promises. Every backend runs [`run_all`]; each check gets registries of its
//! own and panics with what was broken.

use std::collections::BTreeSet;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind};
use crate::domain::event::{Copied, Monitored, What};
use crate::domain::package::Format;
use crate::domain::record::LoggedEvent;
use crate::domain::version::{Bump, Version};
use crate::ports::registry::{
    Entry, Expected, Origin, Promotion, RegisterOutcome, Registration, Registry, Wanted,
};

/// Makes a new, empty registry and gives this many handles on it, as separate processes or clones
/// would have. Their clocks may differ by hours: the order of events is never that of their times.
pub type Make<'a> = &'a dyn Fn(usize) -> Vec<Box<dyn Registry>>;

/// Threads that write at once.
const THREADS: usize = 8;

/// Runs every check.
///
/// # Panics
/// When a promise is broken.
pub fn run_all(make: Make<'_>) {
    run(make, 200);
}

/// Runs every check; of those that fill a registry, with so many versions. For servers that answer
/// slowly.
///
/// # Panics
/// When a promise is broken.
pub fn run(make: Make<'_>, versions: usize) {
    an_empty_registry_says_so(make);
    a_version_never_changes(make);
    the_same_package_is_the_same_version(make);
    versions_are_chosen_by_semver(make);
    hostile_names_are_refused_and_strange_text_survives(make);
    promotion_compares_and_swaps(make);
    archived_versions_are_never_chosen(make);
    events_are_appended_in_order(make);
    references_find_what_they_mean(make);
    a_history_is_taken_over_as_it_is(make);
    a_history_that_went_another_way_is_not_mixed(make);
    handles_see_each_other(make);
    concurrent_registrations_get_distinct_versions(make);
    concurrent_registrations_of_one_package_give_one_version(make);
    of_two_promotions_at_once_one_wins(make);
    many_versions_keep_their_order(make, versions);
}

fn fresh(make: Make<'_>) -> Box<dyn Registry> {
    let registry = make(1).pop();
    registry.unwrap_or_else(|| panic!("the factory gave no registry"))
}

pub(super) fn must<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|e| panic!("{e} ({:?}; {})", e.kind(), e.hint_text().unwrap_or("-")))
}

/// The error's kind; there must be an error, and it must say what to do.
fn refused<T>(result: Result<T, Error>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was allowed"),
        Err(e) => {
            assert!(e.hint_text().is_some(), "no hint: {e}");
            e.kind()
        }
    }
}

fn parse<T: std::str::FromStr<Err = Error>>(text: &str) -> T {
    must(text.parse())
}

fn origin() -> Origin {
    Origin { actor: "ada".to_owned(), run: None, cause: None }
}

fn package(content: &str) -> Registration {
    Registration {
        model: parse("acme"),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(content.as_bytes()),
        uri: format!("file:///store/{content}"),
        format: Format::Onnx,
        bytes: 1024,
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        origin: origin(),
    }
}

fn exactly(content: &str, version: &str) -> Registration {
    Registration { wanted: Wanted::Exactly(parse(version)), ..package(content) }
}

fn promotion(version: &str, expected: Expected) -> Promotion {
    Promotion {
        model: parse("acme"),
        alias: parse("champion"),
        version: parse(version),
        expected,
        origin: origin(),
    }
}

fn monitored(version: &str, rows: u64) -> Entry {
    Entry {
        model: parse("acme"),
        what: What::Monitored(Monitored {
            version: parse(version),
            status: crate::domain::drift::DriftStatus::Ok,
            rows,
            window: Digest::of(b"window"),
            drifted: Vec::new(),
            summary: vec!["looks like the baseline".to_owned()],
            performance: Vec::new(),
            signals: Vec::new(),
            alerts: Vec::new(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        }),
        only_after: None,
        origin: origin(),
    }
}

/// The history of `acme`, after checking that it is whole: chained, counted, and verified.
fn history(registry: &dyn Registry) -> Vec<LoggedEvent> {
    let events = must(registry.history(&parse("acme")));
    let mut previous = None;
    for (place, logged) in events.iter().enumerate() {
        assert_eq!(must(logged.event.id()), logged.id);
        assert_eq!(logged.event.sequence, place as u64 + 1);
        if registry.capabilities().verifiable_history {
            assert_eq!(logged.event.previous, previous);
        }
        previous = Some(logged.id);
    }
    if registry.capabilities().verifiable_history {
        let verification = must(registry.verify());
        assert!(verification.verified, "{:?}", verification.problems);
    }
    events
}

fn types(registry: &dyn Registry) -> Vec<&'static str> {
    history(registry).iter().map(|logged| logged.event.what.type_name()).collect()
}

fn an_empty_registry_says_so(make: Make<'_>) {
    let registry = fresh(make);
    assert!(must(registry.models()).is_empty());
    assert_eq!(refused(registry.model(&parse("acme"))), ErrorKind::NotFound);
    assert_eq!(refused(registry.resolve(&parse("acme"))), ErrorKind::NotFound);
    assert_eq!(refused(registry.history(&parse("acme"))), ErrorKind::NotFound);
    assert_eq!(refused(registry.record(&monitored("1.0.0", 1))), ErrorKind::NotFound);
    let promoted = registry.promote(&promotion("1.0.0", Expected::Current));
    assert_eq!(refused(promoted), ErrorKind::NotFound);
    assert!(must(registry.verify()).verified);
    must(registry.check_writable());
    assert!(must(registry.models()).is_empty(), "checking wrote something");
}

fn a_version_never_changes(make: Make<'_>) {
    let registry = fresh(make);
    let first = must(registry.register(&exactly("a", "1.0.0"))).record;
    let again = registry.register(&exactly("b", "1.0.0"));
    assert_eq!(refused(again), ErrorKind::AlreadyExists);
    assert_eq!(must(registry.resolve(&parse("acme@1.0.0"))), first);
    let renamed = registry.register(&exactly("a", "2.0.0"));
    assert_eq!(refused(renamed), ErrorKind::AlreadyExists);
    assert_eq!(types(registry.as_ref()), ["registered"]);
}

fn the_same_package_is_the_same_version(make: Make<'_>) {
    let registry = fresh(make);
    let first = must(registry.register(&package("a")));
    must(registry.register(&package("b")));
    for again in [package("a"), exactly("a", "1.0.0")] {
        let again = must(registry.register(&again));
        assert!(first.created && !again.created);
        assert_eq!(again.record, first.record);
    }
    assert_eq!(types(registry.as_ref()), ["registered", "registered"]);
    let other = Registration { model: parse("other"), ..package("a") };
    assert!(must(registry.register(&other)).created, "a package belongs to its model");
}

fn versions_are_chosen_by_semver(make: Make<'_>) {
    let registry = fresh(make);
    let next = |content: &str, bump| {
        let wanted = Registration { wanted: Wanted::Next(bump), ..package(content) };
        must(registry.register(&wanted)).record.version.to_string()
    };
    assert_eq!(next("a", Bump::Patch), "1.0.0");
    assert_eq!(next("b", Bump::Patch), "1.0.1");
    assert_eq!(next("c", Bump::Minor), "1.1.0");
    assert_eq!(next("d", Bump::Major), "2.0.0");
    must(registry.register(&exactly("e", "10.0.0")));
    must(registry.register(&exactly("f", "9.0.0")));
    assert_eq!(next("g", Bump::Minor), "10.1.0");
    let archived = must(registry.set_archived(&parse("acme"), &parse("10.1.0"), true, &origin()));
    assert!(archived.archived);
    assert_eq!(next("h", Bump::Minor), "10.2.0", "an archived version is not given out again");
}

fn hostile_names_are_refused_and_strange_text_survives(make: Make<'_>) {
    for name in ["../x", "a/b", "a b", "-x", "é", "a\nb", "a\0b", ".git", "a..b", "x.lock", ""] {
        assert!(name.parse::<crate::domain::name::ModelName>().is_err(), "{name:?}");
    }
    let registry = fresh(make);
    let strange = "Zoë\n\n{\"model\":\"evil\"} \u{202e}<b>\0 `$(x)` 名前";
    let registration = Registration {
        uri: format!("file:///{strange}"),
        origin: Origin { actor: strange.to_owned(), run: Some(strange.to_owned()), cause: None },
        ..package("a")
    };
    let record = must(registry.register(&registration)).record;
    assert_eq!(must(registry.resolve(&parse("acme@1.0.0"))), record);
    let events = history(registry.as_ref());
    assert_eq!(events[0].event.actor, strange);
    for name in ["versions", "models", "model.json", "head", "aliases", "0", &"a".repeat(128)] {
        must(registry.register(&Registration { model: parse(name), ..package("a") }));
    }
    assert_eq!(must(registry.models()).len(), 8);
}

fn promotion_compares_and_swaps(make: Make<'_>) {
    let registry = fresh(make);
    for content in ["a", "b", "c"] {
        must(registry.register(&package(content)));
    }
    let missing = registry.promote(&promotion("7.0.0", Expected::Current));
    assert_eq!(refused(missing), ErrorKind::NotFound);
    let first = must(registry.promote(&promotion("1.0.0", Expected::Nothing)));
    assert!(first.moved && first.previous.is_none() && first.event.is_some());
    let stale = registry.promote(&promotion("1.1.0", Expected::Nothing));
    assert_eq!(refused(stale), ErrorKind::Conflict);
    let second = must(registry.promote(&promotion("1.1.0", Expected::Version(parse("1.0.0")))));
    assert_eq!(second.previous, Some(parse::<Version>("1.0.0")));
    let stale = registry.promote(&promotion("1.2.0", Expected::Version(parse("1.0.0"))));
    assert_eq!(refused(stale), ErrorKind::Conflict);
    let again = must(registry.promote(&promotion("1.1.0", Expected::Current)));
    assert!(!again.moved && again.event.is_none());
    assert_eq!(again.previous, Some(parse::<Version>("1.1.0")));
    let events = history(registry.as_ref());
    assert_eq!(events.len(), 5, "a refused or empty promotion writes nothing");
    assert_eq!(events.last().map(|e| e.id), second.event);
    let champion = must(registry.resolve(&parse("acme@champion")));
    assert_eq!(champion.version, parse("1.1.0"));
}

fn archived_versions_are_never_chosen(make: Make<'_>) {
    let registry = fresh(make);
    must(registry.register(&package("a")));
    let second = must(registry.register(&package("b"))).record;
    must(registry.promote(&promotion("1.0.0", Expected::Current)));
    let set = |version: &str, archived| {
        registry.set_archived(&parse("acme"), &parse(version), archived, &origin())
    };
    assert_eq!(refused(set("1.0.0", true)), ErrorKind::Usage);
    assert_eq!(refused(set("7.0.0", true)), ErrorKind::NotFound);
    assert!(must(set("1.1.0", true)).archived);
    assert!(must(set("1.1.0", true)).archived);
    assert_eq!(must(registry.resolve(&parse("acme"))).version, parse("1.0.0"));
    assert!(must(registry.resolve(&parse("acme@1.1.0"))).archived);
    assert!(must(registry.resolve(&parse(&format!("acme@{}", second.digest)))).archived);
    let promoted = registry.promote(&promotion("1.1.0", Expected::Current));
    assert_eq!(refused(promoted), ErrorKind::Usage);
    assert!(!must(set("1.1.0", false)).archived);
    assert_eq!(must(registry.resolve(&parse("acme"))), second);
    let expected = ["registered", "registered", "promoted", "archived", "restored"];
    assert_eq!(types(registry.as_ref()), expected);
}

fn events_are_appended_in_order(make: Make<'_>) {
    let registry = fresh(make);
    must(registry.register(&package("a")));
    let first = must(registry.record(&monitored("1.0.0", 1)));
    let next = |rows, after: &LoggedEvent| Entry {
        only_after: Some(after.id),
        origin: Origin { cause: Some(after.id), ..origin() },
        ..monitored("1.0.0", rows)
    };
    let second = must(registry.record(&next(2, &first)));
    assert_eq!(second.event.cause, Some(first.id));
    assert_eq!(refused(registry.record(&next(3, &first))), ErrorKind::Conflict);
    assert_eq!(refused(registry.record(&monitored("7.0.0", 4))), ErrorKind::NotFound);
    let events = history(registry.as_ref());
    assert_eq!(events.len(), 3);
    assert_eq!(events[1..], [first, second.clone()]);
    let model = must(registry.model(&parse("acme")));
    assert_eq!((model.events, model.head), (3, second.id));
}

fn references_find_what_they_mean(make: Make<'_>) {
    let registry = fresh(make);
    let rc = must(registry.register(&exactly("a", "2.0.0-rc.1"))).record;
    assert_eq!(must(registry.resolve(&parse("acme@latest"))), rc, "there is no release yet");
    let release = must(registry.register(&exactly("b", "1.9.0"))).record;
    assert_eq!(must(registry.resolve(&parse("acme"))), release);
    assert_eq!(must(registry.resolve(&parse("acme@2.0.0-rc.1"))), rc);
    assert_eq!(must(registry.resolve(&parse(&format!("acme@{}", rc.digest)))), rc);
    for unknown in ["acme@3.0.0", "acme@champion", "acne", &format!("acme@{}", Digest::of(b"?"))] {
        assert_eq!(refused(registry.resolve(&parse(unknown))), ErrorKind::NotFound, "{unknown}");
    }
    let hint =
        registry.resolve(&parse("acne")).err().and_then(|e| e.hint_text().map(str::to_owned));
    assert!(hint.is_some_and(|hint| hint.contains("acme")), "the hint names what there is");
}

fn handles_see_each_other(make: Make<'_>) {
    let handles = make(2);
    let record = must(handles[0].register(&package("a"))).record;
    assert_eq!(must(handles[1].resolve(&parse("acme@1.0.0"))), record);
    let again = must(handles[1].register(&package("a")));
    assert_eq!((again.created, again.record), (false, record));
    must(handles[1].promote(&promotion("1.0.0", Expected::Nothing)));
    let stale = handles[0].promote(&promotion("1.0.0", Expected::Nothing));
    assert_eq!(refused(stale), ErrorKind::Conflict);
    assert_eq!(must(handles[0].models()), must(handles[1].models()));
    assert_eq!(history(handles[0].as_ref()), history(handles[1].as_ref()));
}

/// What each of the threads got; thread `i` uses handle `i % handles`.
fn at_once<T: Send>(
    handles: &[Box<dyn Registry>],
    threads: usize,
    work: impl Fn(usize, &dyn Registry) -> T + Sync,
) -> Vec<T> {
    let gate = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = |i: usize| {
            let (gate, work) = (&gate, &work);
            let handle = handles[i % handles.len()].as_ref();
            scope.spawn(move || {
                gate.wait();
                work(i, handle)
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, T>| match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        running.into_iter().map(join).collect()
    })
}

fn concurrent_registrations_get_distinct_versions(make: Make<'_>) {
    let handles = make(4);
    let outcomes = at_once(&handles, THREADS, |i, registry| {
        must(registry.register(&package(&format!("package {i}"))))
    });
    let versions: BTreeSet<Version> = outcomes.iter().map(|o| o.record.version.clone()).collect();
    let expected = (0..THREADS).map(|i| parse(&format!("1.{i}.0"))).collect();
    assert_eq!(versions, expected);
    for RegisterOutcome { record, created } in outcomes {
        assert!(created);
        let reference = parse(&format!("acme@{}", record.version));
        assert_eq!(must(handles[0].resolve(&reference)), record);
    }
    assert_eq!(history(handles[0].as_ref()).len(), THREADS);
}

fn concurrent_registrations_of_one_package_give_one_version(make: Make<'_>) {
    let handles = make(4);
    let outcomes =
        at_once(&handles, THREADS, |_, registry| must(registry.register(&package("the same"))));
    assert_eq!(outcomes.iter().filter(|o| o.created).count(), 1);
    assert!(outcomes.iter().all(|o| o.record == outcomes[0].record));
    assert_eq!(types(handles[0].as_ref()), ["registered"]);
}

fn of_two_promotions_at_once_one_wins(make: Make<'_>) {
    let handles = make(2);
    for content in ["a", "b", "c"] {
        must(handles[0].register(&package(content)));
    }
    must(handles[0].promote(&promotion("1.0.0", Expected::Nothing)));
    for (round, from) in ["1.0.0", "1.1.0"].into_iter().enumerate() {
        let targets = if round == 0 { ["1.1.0", "1.1.0"] } else { ["1.2.0", "1.0.0"] };
        let outcomes = at_once(&handles, 2, |i, registry| {
            registry.promote(&promotion(targets[i], Expected::Version(parse(from))))
        });
        let won: Vec<usize> = (0..2).filter(|i| outcomes[*i].is_ok()).collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refused(outcome), ErrorKind::Conflict);
        }
        let champion = must(handles[1].resolve(&parse("acme@champion")));
        assert_eq!(champion.version, parse(targets[won[0]]));
    }
    assert_eq!(history(handles[0].as_ref()).len(), 6);
}

/// `count` versions are listed by semver, not by text, and none is missing.
///
/// # Panics
/// When that is not so.
pub fn many_versions_keep_their_order(make: Make<'_>, count: usize) {
    let registry = fresh(make);
    for i in 0..count {
        must(registry.register(&package(&format!("package {i}"))));
    }
    let model = must(registry.model(&parse("acme")));
    let versions: Vec<String> = model.versions.iter().map(|r| r.version.to_string()).collect();
    let expected: Vec<String> = (0..count).map(|i| format!("1.{i}.0")).collect();
    assert_eq!(versions, expected, "by semver, not by text");
    let summary = must(registry.models()).remove(0);
    assert_eq!((summary.versions, summary.events), (count as u64, count as u64));
    assert_eq!(summary.latest, Some(parse(&format!("1.{}.0", count - 1))));
    assert_eq!(history(registry.as_ref()).len(), count);
}

/// A registry with versions, an alias that moved, and one version put away.
fn lived_in(make: Make<'_>) -> Box<dyn Registry> {
    let registry = fresh(make);
    for content in ["one", "two", "three"] {
        must(registry.register(&package(content)));
    }
    must(registry.promote(&promotion("1.0.0", Expected::Nothing)));
    must(registry.record(&monitored("1.0.0", 7)));
    must(registry.promote(&promotion("1.1.0", Expected::Current)));
    must(registry.set_archived(&parse("acme"), &parse("1.2.0"), true, &origin()));
    registry
}

fn copied(from: &[LoggedEvent]) -> Entry {
    let uri = |event: &LoggedEvent| match &event.event.what {
        What::Registered(data) => Some((data.version.clone(), "file:///elsewhere".to_owned())),
        _ => None,
    };
    let uris = from.iter().filter_map(uri).collect();
    let what = What::Copied(Copied { from: "git:../other".to_owned(), uris });
    let only_after = from.last().map(|logged| logged.id);
    Entry { model: parse("acme"), what, only_after, origin: origin() }
}

fn a_history_is_taken_over_as_it_is(make: Make<'_>) {
    let from = lived_in(make);
    let history = must(from.history(&parse("acme")));
    let to = fresh(make);
    let begun = history.get(..3).unwrap_or_default();
    assert_eq!(must(to.adopt(begun)), 3, "the first half");
    assert_eq!(must(to.adopt(&history)), 4, "the rest");
    assert_eq!(must(to.adopt(&history)), 0, "nothing is new");
    must(to.record(&copied(&history)));
    let there = must(to.history(&parse("acme")));
    assert_eq!(there.get(..history.len()), Some(&history[..]), "the same events");
    assert_eq!(there.len(), history.len() + 1);
    assert_eq!(must(to.adopt(&history)), 0, "it went on only by the event of the copy");
    let (mut before, after) = (must(from.model(&parse("acme"))), must(to.model(&parse("acme"))));
    assert_eq!(before.aliases, after.aliases);
    for record in &mut before.versions {
        record.uri = "file:///elsewhere".to_owned();
    }
    assert_eq!(before.versions, after.versions);
    let verified = must(to.verify());
    assert!(verified.verified, "{:?}", verified.problems);
    assert_eq!(must(to.register(&package("four"))).record.version, parse("1.3.0"));
}

fn a_history_that_went_another_way_is_not_mixed(make: Make<'_>) {
    let from = lived_in(make);
    let history = must(from.history(&parse("acme")));
    let to = fresh(make);
    must(to.register(&package("another")));
    let before = must(to.history(&parse("acme")));
    assert_eq!(refused(to.adopt(&history)), ErrorKind::Conflict);
    assert_eq!(must(to.history(&parse("acme"))), before, "nothing was written");

    let forged = must(fresh(make).adopt(&[]));
    assert_eq!(forged, 0, "no events are none");
    let mut forged = history.clone();
    if let Some(logged) = forged.get_mut(1) {
        logged.event.actor = "mallory".to_owned();
    }
    let empty = fresh(make);
    assert_eq!(refused(empty.adopt(&forged)), ErrorKind::Integrity);
    assert!(must(empty.models()).is_empty(), "nothing of a forged history is taken over");
}
