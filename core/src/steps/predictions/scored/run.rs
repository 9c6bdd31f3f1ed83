//! Asks a model about all rows, batch after batch.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::answers::{Output, together};
use super::columns::Feed;
use super::load::{ByModels, Model};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::scorer::{Tensor, Values};

/// What to do where a model fails on a row.
const ALONE: &str = "look at that row, and at what the model does with it; no row is left out";
/// What to do where it fails on rows that it answers one by one.
const TOGETHER: &str = "the model must answer many rows at once, each as if it were alone";

/// Everything that the model answers to the rows of `feed`.
///
/// # Errors
/// Of the first batch that fails: what the model says, and the row that it fails on where it costs
/// little to find; an answer that is NaN or infinite.
pub(super) fn answers(model: &Model<'_>, feed: &Feed, by: &ByModels<'_>) -> Result<Vec<Output>> {
    let asker = Asker { model, feed, by, done: AtomicUsize::new(0) };
    asker.all()
}

struct Asker<'a> {
    model: &'a Model<'a>,
    feed: &'a Feed,
    by: &'a ByModels<'a>,
    done: AtomicUsize,
}

impl Asker<'_> {
    fn all(&self) -> Result<Vec<Output>> {
        let step = self.step()?;
        let starts: Vec<usize> = (0..self.feed.rows).step_by(step).collect();
        let answered: Vec<Mutex<Option<Result<Vec<Tensor>>>>> =
            starts.iter().map(|_| Mutex::default()).collect();
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            while !failed.load(Ordering::Relaxed) {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                let Some(from) = starts.get(turn) else { break };
                let answer = self.batch(*from, (from + step).min(self.feed.rows));
                if answer.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                *answered[turn].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            }
        };
        let workers = self.model.scorer.pace().at_once.clamp(1, starts.len().max(1));
        std::thread::scope(|scope| {
            (1..workers).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let mut batches = Vec::with_capacity(starts.len());
        for (from, answer) in starts.iter().zip(answered) {
            // What was not asked for follows a batch that failed.
            match answer.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(answer) => batches.push(((from + step).min(self.feed.rows) - from, answer?)),
                None => break,
            }
        }
        together(batches, &self.model.name)
    }

    /// Rows of one batch: what the model likes, unless it takes a fixed number.
    fn step(&self) -> Result<usize> {
        let inputs = self.model.scorer.signature().inputs;
        match inputs.first().and_then(|input| input.shape.first().copied().flatten()) {
            None => Ok(self.model.scorer.pace().rows.max(1)),
            Some(1) => Ok(1),
            Some(rows) => Err(Error::input(format!(
                "{} takes exactly {rows} rows at a time",
                self.model.name
            ))
            .hint("export it with a first axis that may vary")),
        }
    }

    fn batch(&self, from: usize, to: usize) -> Result<Vec<Tensor>> {
        let answer = self.ask(from, to).map_err(|e| self.blamed(e, from, to))?;
        let done = self.done.fetch_add(to - from, Ordering::Relaxed) + to - from;
        (self.by.progress)(done, self.feed.rows);
        Ok(answer)
    }

    fn ask(&self, from: usize, to: usize) -> Result<Vec<Tensor>> {
        let answer = self.model.scorer.score(&self.feed.tensors(from, to), self.by.limit)?;
        match answer.iter().find_map(|tensor| Some((tensor, not_finite(tensor)?))) {
            None => Ok(answer),
            Some((tensor, at)) => {
                let width = (tensor.shape.iter().product::<usize>() / (to - from).max(1)).max(1);
                let (name, row) = (&tensor.name, from + at / width + 1);
                Err(Error::input(format!("output `{name}` is NaN or infinite in row {row}")))
            }
        }
    }

    /// The error with the rows that it is about.
    fn blamed(&self, error: Error, from: usize, to: usize) -> Error {
        let (name, source) = (&self.model.name, &self.feed.source);
        if error.kind() == ErrorKind::Timeout {
            return error
                .during(format!("{name}, rows {} to {to} of {source}", from + 1))
                .hint("raise `predictions.timeout` or --timeout, or look at the model");
        }
        let found = match error.kind() == ErrorKind::Input && self.model.scorer.pace().again {
            true => self.first_bad(from, to),
            false => None,
        };
        let (error, place, hint) = match found {
            Some((row, error)) => (error, format!("row {}", row + 1), ALONE),
            None => (error, format!("rows {} to {to}", from + 1), TOGETHER),
        };
        let hinted = error.hint_text().is_some();
        let error = error.during(format!("{name}, {place} of {source}"));
        if hinted { error } else { error.hint(hint) }
    }

    /// The first row that fails by itself, found by halves.
    fn first_bad(&self, from: usize, to: usize) -> Option<(usize, Error)> {
        let (mut low, mut high) = (from, to);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.ask(low, middle) {
                Err(_) => high = middle,
                Ok(_) => low = middle,
            }
        }
        self.ask(low, high).err().map(|error| (low, error))
    }
}

/// Where the first value is that is no number.
fn not_finite(tensor: &Tensor) -> Option<usize> {
    match &tensor.values {
        Values::Numbers(all) => all.iter().position(|x| !x.is_finite()),
        Values::Integers(_) | Values::Text(_) => None,
    }
}
