//! Standard output is data, standard error is talk. Reads well without colour.

use std::io::Write;
use std::process::ExitCode;

use outerloop_core::domain::error::{Error, Result};
use outerloop_core::ports::host::{Annotation, Host, HostKind, Level};
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

/// Prints how a verb ended, tells the host, and gives the exit code.
pub fn end(host: &dyn Host, result: &Result<Outcome>, json: bool) -> ExitCode {
    match result {
        Ok(outcome) => {
            print(host, outcome, json);
            match outputs(host, outcome) {
                Ok(()) => ExitCode::from(outcome.exit as u8),
                Err(e) => ExitCode::from(error(host, &e) as u8),
            }
        }
        Err(e) => ExitCode::from(error(host, e) as u8),
    }
}

/// Prints an outcome.
pub fn print(host: &dyn Host, outcome: &Outcome, json: bool) {
    let text = match json {
        true => line_of_json(host, &outcome.json),
        false => host.plain(outcome.text.trim_end()),
    };
    // A reader that has gone away (`| head`) is no failure of ours.
    let _ = std::io::stdout().lock().write_all(format!("{text}\n").as_bytes());
}

/// The object on one line. Where a CI system would see a command in it, a number sign is written
/// as JSON's escape, which every reader undoes.
fn line_of_json(host: &dyn Host, json: &Value) -> String {
    let text = json.to_string();
    if host.plain(&text) == text { text } else { text.replace('#', "\\u0023") }
}

/// Gives each key of the JSON object to later steps.
pub fn outputs(host: &dyn Host, outcome: &Outcome) -> Result<()> {
    for (key, value) in outcome.json.as_object().into_iter().flatten() {
        host.output(key, &written(value))?;
    }
    host.output("exit-code", &(outcome.exit as u8).to_string())
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Shows an error with its hint, at its line where it has one, and gives the exit code.
pub fn error(host: &dyn Host, error: &Error) -> Exit {
    let hint = error.hint_text().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    host.annotate(&Annotation {
        level: Level::Error,
        title: "error".to_owned(),
        message: format!("{error}{hint}"),
        place: error.place().cloned(),
    });
    let exit = Exit::from(error.kind());
    // The error is told already; that it cannot be told to later steps too changes nothing.
    let _ = host.output("exit-code", &(exit as u8).to_string());
    exit
}

/// Prints what is wrong with the arguments, or the help that was asked for.
pub fn usage(host: &dyn Host, error: &clap::Error) -> ExitCode {
    if host.kind() == HostKind::Terminal || !error.use_stderr() {
        // Nobody reads: no failure of ours.
        let _ = error.print();
    } else {
        host.say(&error.render().to_string());
    }
    if error.use_stderr() { ExitCode::from(Exit::Usage as u8) } else { ExitCode::SUCCESS }
}
