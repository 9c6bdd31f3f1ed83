//! The promises of the port over a log in memory, and what only a ledger can get wrong.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::LedgerRegistry;
use super::memory::Memory;
use crate::conformance::cut_off::{self, System};
use crate::conformance::registry::{many_versions_keep_their_order, run_all};
use crate::domain::digest::Digest;
use crate::domain::error::ErrorKind;
use crate::domain::name::ModelName;
use crate::domain::package::Format;
use crate::domain::version::Bump;
use crate::ports::clock::Clock;
use crate::ports::registry::{Expected, Origin, Promotion, Registration, Registry, Wanted};

/// A clock that is wrong by so many hours, and does not wait long.
struct Wrong(i64);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        Timestamp::now() - jiff::SignedDuration::from_hours(self.0)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration / 20);
    }
}

fn open(memory: &Memory, hours: i64) -> LedgerRegistry<Memory, Memory> {
    LedgerRegistry::new(memory.clone(), memory.clone(), Arc::new(Wrong(hours)))
}

fn acme() -> ModelName {
    "acme".parse().unwrap()
}

fn package(content: &str) -> Registration {
    Registration {
        model: acme(),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(content.as_bytes()),
        uri: format!("memory:{content}"),
        format: Format::Onnx,
        bytes: 1,
        commit: None,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

fn promotion(version: &str) -> Promotion {
    Promotion {
        model: acme(),
        alias: "champion".parse().unwrap(),
        version: version.parse().unwrap(),
        expected: Expected::Current,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

#[test]
fn a_ledger_keeps_the_promises_whatever_its_clocks_say() {
    run_all(&|handles| {
        let memory = Memory::default();
        let hours = |handle: usize| i64::try_from(handle).unwrap() * 7;
        (0..handles).map(|i| Box::new(open(&memory, hours(i))) as Box<dyn Registry>).collect()
    });
}

/// Handles that die, and others.
struct Mortal(Memory);

impl System for Mortal {
    fn open(&self) -> Box<dyn Registry> {
        Box::new(open(&self.0, 5))
    }

    fn ending(&self, calls: usize, _: bool) -> Box<dyn Registry> {
        self.0.inside().dies_after = Some(u32::try_from(calls).unwrap());
        Box::new(open(&self.0, 0))
    }

    fn ended(&self) -> bool {
        self.0.inside().dies_after.take() == Some(0)
    }
}

#[test]
fn a_process_that_dies_at_any_call_leaves_nothing_twice_and_is_carried_on() {
    let source = open(&Memory::default(), 0);
    cut_off::run(&Mortal(Memory::default()), &source, 8);
}

#[test]
fn what_was_changed_behind_its_back_is_told() {
    let fill = || {
        let memory = Memory::default();
        let registry = open(&memory, 0);
        for content in ["a", "b", "c"] {
            registry.register(&package(content)).unwrap();
        }
        registry.promote(&promotion("1.0.0")).unwrap();
        memory
    };
    type Harm = fn(&mut super::memory::Kept);
    let harms: [(&str, Harm); 6] = [
        ("event 2 is not in canonical form", |kept| kept.events[1].push(b' ')),
        ("event 3 is number 3 of acme, but number 2", |kept| {
            kept.events[1] = b"{}".to_vec();
        }),
        ("the history ends with event 3, and there were 4", |kept| {
            kept.events.pop();
        }),
        ("event 2 says that it is number 3", |kept| kept.events.swap(1, 2)),
        ("the aliases are not what the history says", |kept| kept.aliases.clear()),
        ("the versions are not what the history says", |kept| {
            kept.versions.pop_first();
        }),
    ];
    for (said, harm) in harms {
        let memory = fill();
        harm(memory.inside().models.get_mut(&acme()).unwrap());
        let registry = open(&memory, 0);
        let verification = registry.verify().unwrap();
        let found = verification.problems.iter().any(|problem| problem.contains(said));
        assert!(!verification.verified && found, "{said}: {:?}", verification.problems);
        if said.contains("event") {
            let error = registry.register(&package("d")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{said}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("--verify")));
        }
    }
}

#[test]
fn a_damaged_model_is_listed_beside_the_others() {
    let memory = Memory::default();
    let registry = open(&memory, 0);
    registry.register(&package("a")).unwrap();
    let other = Registration { model: "other".parse().unwrap(), ..package("b") };
    registry.register(&other).unwrap();
    memory.inside().models.get_mut(&acme()).unwrap().events[0].push(b' ');
    let registry = open(&memory, 0);
    let listing = registry.list().unwrap();
    let names: Vec<_> = listing.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["other"]);
    assert_eq!(listing.damaged.len(), 1);
    let damaged = &listing.damaged[0];
    assert!(damaged.reason.contains("history of acme does not hold: event 1"), "{damaged:?}");
    assert!(damaged.hint.contains("outerloop history acme --verify"), "{damaged:?}");
    for error in [registry.models().unwrap_err(), registry.model(&acme()).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(error.to_string().contains("acme"), "{error}");
    }
    assert_eq!(registry.model(&other.model).unwrap().versions.len(), 1);
    // What cannot be asked is no damage.
    memory.inside().dies_after = Some(1);
    assert_eq!(open(&memory, 0).list().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn ten_thousand_versions_keep_their_order() {
    let memory = Memory::default();
    let make = |handles| {
        let opened = (0..handles).map(|_| Box::new(open(&memory, 0)) as Box<dyn Registry>);
        opened.collect()
    };
    many_versions_keep_their_order(&make, 10_000);
}
