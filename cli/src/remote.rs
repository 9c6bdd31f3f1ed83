//! The one place where data of other machines is brought here, for every verb that reads data.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use outerloop_core::adapters::factory;
use outerloop_core::domain::address::Address;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::fetched::Fetched;
use outerloop_core::ports::source::Source;
use outerloop_core::steps::fetch::fetch;
use serde_json::Value;
use tempfile::TempDir;

use crate::context::Context;
use crate::output::Outcome;
use crate::progress::Bytes;

/// Data of other machines; it is of no use to anybody else and goes away with this.
pub struct Remote {
    source: OnceCell<Box<dyn Source>>,
    folders: RefCell<Vec<(Address, PathBuf, TempDir)>>,
    names: Arc<Mutex<Fetched>>,
}

impl Remote {
    /// Nothing yet; what is fetched is noted in `names`.
    pub fn noting(names: Arc<Mutex<Fetched>>) -> Self {
        Self { source: OnceCell::new(), folders: RefCell::default(), names }
    }

    /// Fetches what the address means, once, and gives the path to read.
    pub fn fetch(&self, address: &Address, context: &Context) -> Result<PathBuf> {
        let known = self.folders.borrow();
        if let Some((_, path, _)) = known.iter().find(|(known, _, _)| known == address) {
            return Ok(path.clone());
        }
        drop(known);
        let folder = below(context)?;
        let (bar, before, host) = (OnceLock::new(), AtomicU64::new(0), context.host());
        let progress = |done: u64, all: Option<u64>| {
            let bar = bar.get_or_init(|| Bytes::new("fetching", all.unwrap_or(0), host));
            bar.add(done.saturating_sub(before.fetch_max(done, Ordering::Relaxed)));
        };
        let source = match self.source.get() {
            Some(source) => source,
            None => {
                let made = factory::source()?;
                self.source.get_or_init(|| made)
            }
        };
        let arrived = fetch(address, folder.path(), source.as_ref(), &progress)?;
        drop(bar);
        let files = match arrived.files {
            1 => String::new(),
            count => format!("{count} files, "),
        };
        context.say(&format!("fetched {address}: {files}{} bytes", arrived.bytes));
        self.noted().extend(arrived.names);
        let kept = (address.clone(), arrived.path.clone(), folder);
        self.folders.borrow_mut().push(kept);
        Ok(arrived.path)
    }

    /// The addresses behind the fetched files.
    pub fn names(&self) -> Fetched {
        self.noted().clone()
    }

    fn noted(&self) -> MutexGuard<'_, Fetched> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder of this run below `.outerloop/fetched`.
fn below(context: &Context) -> Result<TempDir> {
    let all = context.config()?.root.join(".outerloop/fetched");
    std::fs::create_dir_all(&all).map_err(|e| Error::io("create", &all, e))?;
    TempDir::new_in(&all).map_err(|e| Error::io("write", &all, e))
}

/// Data as it was named, without the secrets of an address.
pub fn named(path: &Path) -> String {
    match Address::of(path) {
        Ok(Some(address)) => address.to_string(),
        _ => path.display().to_string(),
    }
}

/// How a verb ended, with addresses instead of the files that stand for them.
pub fn retold(result: Result<Outcome>, names: &Fetched) -> Result<Outcome> {
    match result {
        Ok(outcome) => Ok(Outcome {
            json: retold_json(outcome.json, names),
            text: names.told(&outcome.text),
            exit: outcome.exit,
        }),
        Err(error) => Err(error.retold(|text| names.told(text))),
    }
}

fn retold_json(value: Value, names: &Fetched) -> Value {
    match value {
        Value::String(text) => Value::String(names.told(&text)),
        Value::Array(list) => list.into_iter().map(|v| retold_json(v, names)).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, v)| (key, retold_json(v, names))).collect()
        }
        other => other,
    }
}
