//! Standard output is data, standard error is talk. Reads well without colour.

use std::io::Write;
use std::process::ExitCode;

use outerloop_core::domain::error::{Error, Result};
use serde_json::Value;

use crate::exit::Exit;

/// What a verb has to say.
pub struct Outcome {
    /// The one object that `--json` prints; its keys are the action's outputs.
    pub json: Value,
    /// The same for people.
    pub text: String,
    /// How the program ends.
    pub exit: Exit,
}

impl Outcome {
    /// An outcome that ended well.
    pub fn done(json: Value, text: impl Into<String>) -> Self {
        Self { json, text: text.into(), exit: Exit::Done }
    }
}

/// A value as JSON.
pub fn json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|e| Error::internal(format!("cannot write JSON: {e}")))
}

/// Prints an outcome and gives the exit code.
pub fn print(outcome: &Outcome, json: bool) -> ExitCode {
    let text =
        if json { format!("{}\n", outcome.json) } else { format!("{}\n", outcome.text.trim_end()) };
    // A reader that has gone away (`| head`) is no failure of ours.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(outcome.exit as u8)
}

/// Prints an error with its hint and gives the exit code.
pub fn error(error: &Error) -> ExitCode {
    let mut text = format!("error: {error}\n");
    if let Some(hint) = error.hint_text() {
        text.push_str(&format!("  hint: {hint}\n"));
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(Exit::from(error.kind()) as u8)
}

/// Prints what is wrong with the arguments, or the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Exit::Usage as u8) } else { ExitCode::SUCCESS }
}

/// Says something on standard error.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}
