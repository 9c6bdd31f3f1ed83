//! What holds of a write whose process ends half-way: nothing is half-visible, and the next process
//! completes it. Every backend of [`Registry`] runs it, for each call at which a process can end.

use std::collections::BTreeMap;

use super::registry::must;
use crate::domain::digest::Digest;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::event::{Copied, What};
use crate::domain::name::ModelName;
use crate::domain::package::Format;
use crate::domain::record::LoggedEvent;
use crate::domain::version::Bump;
use crate::ports::registry::{Entry, Expected, Origin, Promotion, Registration, Registry, Wanted};

/// Where a registry is, and the processes that use it.
pub trait System {
    /// The registry as a process opens it that comes to its end.
    fn open(&self) -> Box<dyn Registry>;
    /// As one opens it that ends after so many calls: from then on no call gets through, and nothing
    /// is tidied up. `done`: the last call is done, and the process does not hear of it.
    fn ending(&self, calls: usize, done: bool) -> Box<dyn Registry>;
    /// Lets later calls through; whether the process met its end.
    fn ended(&self) -> bool;
}

/// Ends a register and a promote, and a copy, at each of their calls, of which each has at least so
/// many. `source` is a registry to copy from; both are empty.
///
/// # Panics
/// When something is half-visible, or the next process does not complete it.
pub fn run(system: &dyn System, source: &dyn Registry, least: usize) {
    for done in [false, true] {
        let writes = (0..)
            .take_while(|calls| a_write(system, &format!("write-{calls}-{done}"), (*calls, done)));
        let met = writes.count();
        assert!(met >= least, "a register and a promote have more than {met} calls");
        let copies = (0..).take_while(|calls| {
            let history = lived(source, &format!("copy-{calls}-{done}"));
            a_copy(system, &history, (*calls, done))
        });
        let met = copies.count();
        assert!(met >= least, "a copy has more than {met} calls");
    }
}

/// Ends a process that registers and promotes after so many calls, and lets another complete it;
/// whether the process met its end.
///
/// # Panics
/// When something is half-visible, or is not completed.
pub fn a_write(system: &dyn System, model: &str, (calls, done): (usize, bool)) -> bool {
    let model: ModelName = must(model.parse());
    must(system.open().register(&package(&model, "one")));
    let ending = system.ending(calls, done);
    let registered = ending.register(&package(&model, "two"));
    let _ = registered.and_then(|_| ending.promote(&promotion(&model)));
    drop(ending);
    let ended = system.ended();
    let what = format!("{model} after {calls} calls");
    let types = ["registered", "registered", "promoted"];
    is_whole(system.open().as_ref(), &model, &types, &what);
    let again = system.open();
    let version = repeated(&|| again.register(&package(&model, "two"))).record.version;
    assert_eq!(version.to_string(), "1.1.0", "{what}");
    repeated(&|| again.promote(&promotion(&model)));
    is_complete(again.as_ref(), &model, &types, &what);
    ended
}

/// As [`a_write()`], of a process that copies a history.
///
/// # Panics
/// As [`a_write()`].
pub fn a_copy(system: &dyn System, history: &[LoggedEvent], (calls, done): (usize, bool)) -> bool {
    let Some(model) = history.first().map(|logged| logged.event.model.clone()) else {
        panic!("there is no history to copy")
    };
    let ending = system.ending(calls, done);
    let _ = copy(ending.as_ref(), &model, history);
    drop(ending);
    let ended = system.ended();
    let what = format!("a copy of {model} after {calls} calls");
    let types = ["registered", "registered", "promoted", "copied"];
    match system.open().model(&model) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        _ => is_whole(system.open().as_ref(), &model, &types, &what),
    }
    let again = system.open();
    repeated(&|| copy(again.as_ref(), &model, history));
    is_complete(again.as_ref(), &model, &types, &what);
    let there = must(again.history(&model));
    assert_eq!(there.get(..history.len()), Some(history), "{what}: other events");
    ended
}

/// The history of a model with two versions and an alias, in `source`.
///
/// # Panics
/// It cannot be written.
pub fn lived(source: &dyn Registry, model: &str) -> Vec<LoggedEvent> {
    let model: ModelName = must(model.parse());
    must(source.register(&package(&model, "one")));
    must(source.register(&package(&model, "two")));
    must(source.promote(&promotion(&model)));
    must(source.history(&model))
}

/// As the step of the same name does it, without the bytes.
fn copy(to: &dyn Registry, model: &ModelName, history: &[LoggedEvent]) -> Result<()> {
    to.adopt(history)?;
    if to.history(model)?.len() == history.len() {
        to.record(&Entry {
            model: model.clone(),
            what: What::Copied(Copied { from: "git:old".to_owned(), uris: BTreeMap::new() }),
            only_after: history.last().map(|last| last.id),
            origin: origin(),
        })?;
    }
    to.finish(model)
}

/// Does the work, again where the registry asks for that: it may be busy.
fn repeated<T>(work: &dyn Fn() -> Result<T>) -> T {
    let first = work();
    match first {
        Err(error) if error.is_retryable() => must(work()),
        first => must(first),
    }
}

/// What can be seen is what the first of these events add up to.
fn is_whole(registry: &dyn Registry, model: &ModelName, types: &[&str], what: &str) {
    let events = must(registry.history(model));
    let seen: Vec<&str> = events.iter().map(|logged| logged.event.what.type_name()).collect();
    assert_eq!(types.get(..seen.len()), Some(&seen[..]), "{what}");
    let record = must(registry.model(model));
    let versions = seen.iter().filter(|kind| **kind == "registered").count();
    let there: Vec<Digest> = record.versions.iter().map(|version| version.digest).collect();
    let all = [Digest::of(b"one"), Digest::of(b"two")];
    assert_eq!(Some(&there[..]), all.get(..versions), "{what}");
    assert_eq!(record.aliases.len(), usize::from(seen.contains(&"promoted")), "{what}");
}

fn is_complete(registry: &dyn Registry, model: &ModelName, types: &[&str], what: &str) {
    is_whole(registry, model, types, what);
    assert_eq!(must(registry.history(model)).len(), types.len(), "{what}");
    let verified = must(registry.verify_model(model));
    assert!(verified.verified, "{what}: {:?}", verified.problems);
}

fn origin() -> Origin {
    Origin { actor: "ada".to_owned(), ..Origin::default() }
}

fn package(model: &ModelName, content: &str) -> Registration {
    Registration {
        model: model.clone(),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(content.as_bytes()),
        uri: format!("s3://acme/{content}"),
        format: Format::Onnx,
        bytes: 1,
        commit: None,
        origin: origin(),
    }
}

fn promotion(model: &ModelName) -> Promotion {
    Promotion {
        model: model.clone(),
        alias: must("champion".parse()),
        version: must("1.1.0".parse()),
        expected: Expected::Current,
        origin: origin(),
    }
}
