//! The server with the repository, for verbs that also do their work without it.

use outerloop_core::adapters::factory;
use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::ports::forge::Forge;
use outerloop_core::ports::host::Level;
use outerloop_core::steps::permitted::or_said;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Outcome};

/// The server, or in words why there is none.
///
/// # Errors
/// A login that is there and cannot be used.
pub fn or_why(context: &Context) -> Result<Result<Box<dyn Forge>, String>> {
    match factory::forge(context.host()) {
        Ok(Some(forge)) => Ok(Ok(forge)),
        Ok(None) => Ok(Err("there is no token for a server with pull requests".to_owned())),
        Err(e) if missing(&e) => {
            let hint = e.hint_text().map(|hint| format!("\n{hint}")).unwrap_or_default();
            Ok(Err(format!("{e}{hint}")))
        }
        Err(e) => Err(e),
    }
}

/// The server; where there is no login to write `what` with, that is said.
///
/// # Errors
/// A login that is there and cannot be used.
pub fn or_said_for(what: &str, level: Level, context: &Context) -> Result<Option<Box<dyn Forge>>> {
    let found = factory::forge(context.host());
    match found {
        Err(e) if missing(&e) => {
            or_said(what, Err(e), level, context.host().as_ref()).map(|()| None)
        }
        found => found,
    }
}

fn missing(error: &Error) -> bool {
    error.kind() == ErrorKind::Permission
}

/// Says that something beside the work failed. The answer stays whole, and the server is to blame.
pub fn failed(error: &Error, context: &Context, outcome: &mut Outcome) {
    output::error(context.host().as_ref(), error);
    outcome.exit = Exit::Backend;
}
