//! Which columns that are left out were there: a name that no file has is a slip.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Noted while files are read, by the place in the list of what is left out.
#[derive(Debug, Default)]
pub struct Seen(OnceLock<Vec<AtomicBool>>);

impl Seen {
    /// Notes the column at this place of a list of so many.
    pub(super) fn note(&self, at: usize, of: usize) {
        let flags = self.0.get_or_init(|| (0..of).map(|_| AtomicBool::new(false)).collect());
        if let Some(flag) = flags.get(at).filter(|flag| !flag.load(Ordering::Relaxed)) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// The names of `list` that were noted.
    pub(crate) fn of<'a>(&self, list: &'a [String]) -> Vec<&'a str> {
        let flags = self.0.get().map(Vec::as_slice).unwrap_or_default();
        let there = list.iter().zip(flags).filter(|(_, flag)| flag.load(Ordering::Relaxed));
        there.map(|(name, _)| name.as_str()).collect()
    }
}
