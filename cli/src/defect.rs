//! A panic is a defect of this program: it ends with the exit code for that, and says so.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

use outerloop_core::domain::error::{Error, Result};
use outerloop_core::ports::host::Host;

/// What the last panic said, and where.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Runs `verb`; a panic in it becomes an error.
pub fn caught<T>(host: &Arc<dyn Host>, verb: impl FnOnce() -> Result<T>) -> Result<T> {
    let host = Arc::clone(host);
    panic::set_hook(Box::new(move |info| note(host.as_ref(), info)));
    panic::catch_unwind(AssertUnwindSafe(verb)).unwrap_or_else(|_| {
        let said = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        let said = said.unwrap_or_else(|| "no reason known".to_owned());
        Err(Error::internal(format!("a defect of this program: {said}"))
            .hint("please report it with the command and the files that led to it"))
    })
}

/// Keeps what a panic says for [`caught`]. A reader that panics on a damaged file is contained by
/// its caller, and only the server's own threads have nobody who would speak for them.
fn note(host: &dyn Host, info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map(|l| format!(" at {l}")).unwrap_or_default();
    let said = format!("{}{place}", message.unwrap_or("no reason known"));
    if std::thread::current().name().is_some_and(|name| name.starts_with("outerloop-")) {
        host.say(&format!("a defect of this program: {said}"));
    }
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
}
