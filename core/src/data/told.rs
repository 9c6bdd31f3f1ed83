//! What readers have to say beside what they read: how something was recognised, and what was left
//! out. Each thing is said once, however often the files are read.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says it where the program runs.
pub(super) fn tell(what: String) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if !told.contains(&what) {
        tracing::info!("{what}");
        told.insert(what);
    }
}
