//! Events in tags.

use serde_json::json;

use super::Mlflow;
use super::tags::{self, Ledger};
use crate::adapters::registry::ledger::{Appended, Log, Page};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::ports::registry::Capabilities;

/// A model that is never made: whoever may write gets to hear that it is not there.
const PROBE: &str = "outerloop.probe";

impl Log for Mlflow {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_swap: false,
            immutable: false,
            verifiable_history: true,
            notes: vec![
                "MLflow has no compare-and-swap: writers elect one of themselves by tags; one that \
                 is held up for more than 10 s between two calls is found out when it reads back, \
                 and `history --verify` shows what it left"
                    .to_owned(),
                "whoever may edit the registered model can change its tags; the chain of events \
                 and `history --verify` show it"
                    .to_owned(),
                "an alias has letters, digits, `_` and `-`, as MLflow demands".to_owned(),
            ],
        }
    }

    fn models(&self) -> Result<Vec<ModelName>> {
        let found = self.search_models()?;
        // Names of others that this program cannot have are not its own.
        let mut names: Vec<ModelName> =
            found.iter().filter_map(|model| model.name.parse().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn read(&self, model: &ModelName, from: u64) -> Result<Page> {
        match self.seen(model) {
            Some(ledger) => Ok(ledger.page(from)),
            None => Ok(self.ledger(model)?.page(from)),
        }
    }

    fn append(&self, model: &ModelName, sequence: u64, bytes: &[u8]) -> Result<Appended> {
        let text =
            str::from_utf8(bytes).map_err(|_| Error::internal("an event that is not UTF-8"))?;
        let nonce = self.held(model)?.nonce;
        let parts = tags::split(sequence, &nonce, text);
        let written = parts.iter().try_for_each(|(key, value)| self.set_tag(model, key, value));
        // Whatever the calls said: what is there now counts.
        let ledger = match self.ledger(model) {
            Ok(ledger) => ledger,
            Err(unread) => return Err(written.err().unwrap_or(unread)),
        };
        let there = ledger.at(sequence);
        let whole = there.get(nonce.as_str()).is_some_and(|found| found == text);
        if whole && there.len() == 1 {
            self.sweep(model, &ledger.left_over(sequence, &nonce));
            self.note(model, |held| held.appended = Some(sequence));
            return Ok(Appended::Done);
        }
        for (key, _) in &parts {
            self.delete_tag(model, key)?;
        }
        match written {
            Err(error) if !whole => Err(error),
            _ => Ok(Appended::Lost),
        }
    }

    fn alone(&self, model: &ModelName, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.server.check_version()?;
        self.claimed(model, work)
    }

    fn keeps_others_out(&self) -> bool {
        true
    }

    fn check_writable(&self) -> Result<()> {
        self.server.check_version()?;
        let body = json!({"name": PROBE, "key": "outerloop.probe"});
        match self.server.delete("registered-models/delete-tag", &body) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            // A server with permissions gives them for each model, and none for one that is not there.
            Err(e) if e.kind() == ErrorKind::Permission => self.check_readable(),
            done => done,
        }
    }
}

impl Mlflow {
    /// Removes what processes that died left of an event. What stays does no harm.
    fn sweep(&self, model: &ModelName, keys: &[String]) {
        for key in keys {
            if let Err(error) = self.delete_tag(model, key) {
                tracing::debug!("a part of an event stays: {error}");
            }
        }
    }

    pub(super) fn ledger(&self, model: &ModelName) -> Result<Ledger> {
        let found = self.find(model)?;
        let tags = found.iter().flat_map(|model| &model.tags);
        Ok(Ledger::read(tags.map(|tag| (tag.key.as_str(), tag.value.as_str()))))
    }
}
