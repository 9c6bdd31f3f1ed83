//! `outerloop step VERB`: a verb as a step of a CI system. The system's inputs become a command
//! line, and the answer goes back through the system's outputs.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::ports::host::{Completion, Host, HostKind};
use outerloop_core::spec::{self, Input, Kind, Verb, common};

use crate::exit::Exit;
use crate::output::{self, Outcome};
use crate::{arguments, execute};

/// Arguments of `step`.
#[derive(Args)]
pub struct Arguments {
    /// The verb; its inputs come from the CI system
    #[arg(value_name = "VERB")]
    verb: String,
}

impl Arguments {
    /// The error for a step inside a step.
    pub fn nested(&self) -> Error {
        Error::internal(format!("`step {}` was asked to run as a verb", self.verb))
    }
}

/// Runs the step and gives the exit code that the CI system expects.
pub fn run(arguments: &Arguments, host: &Arc<dyn Host>) -> ExitCode {
    let result = prepared(&arguments.verb, host).and_then(|step| {
        host.begin_group(&step.title);
        let result = execute(step.cli, host);
        host.end_group();
        result.map(|outcome| (outcome, step.fail_on))
    });
    let told = result.and_then(|(outcome, fail_on)| {
        output::print(host.as_ref(), &outcome, false);
        output::outputs(host.as_ref(), &outcome)?;
        Ok((outcome, fail_on))
    });
    match told {
        Ok((outcome, fail_on)) => end(host.as_ref(), &outcome, fail_on),
        Err(error) => {
            let exit = output::error(host.as_ref(), &error);
            let replaced = host.complete(Completion::Failed, &error.to_string());
            if replaced { ExitCode::SUCCESS } else { ExitCode::from(exit as u8) }
        }
    }
}

/// Tells the host how the step ended.
fn end(host: &dyn Host, outcome: &Outcome, fail_on: FailOn) -> ExitCode {
    let fails = fail_on.fails(outcome.exit);
    let first = outcome.text.lines().next().unwrap_or_default();
    let completion = match (outcome.exit, fails) {
        (Exit::Done, _) => Completion::Succeeded,
        (_, true) => Completion::Failed,
        (_, false) => Completion::SucceededWithIssues,
    };
    if host.complete(completion, first) || !fails {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(outcome.exit as u8)
    }
}

/// Which answers fail the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FailOn {
    Inconclusive,
    No,
    Error,
}

impl FailOn {
    fn read(host: &dyn Host) -> Result<Self> {
        match host.input("fail-on").as_deref() {
            None | Some("inconclusive") => Ok(Self::Inconclusive),
            Some("no") => Ok(Self::No),
            Some("error") => Ok(Self::Error),
            Some(other) => Err(wrong("fail-on", other, &common::FAIL_ON.join(", "))),
        }
    }

    fn fails(self, exit: Exit) -> bool {
        match exit {
            Exit::Done => false,
            Exit::No => self != Self::Error,
            Exit::Inconclusive => self == Self::Inconclusive,
            Exit::Usage | Exit::Backend => true,
        }
    }
}

/// A step that is ready to run.
struct Step {
    cli: arguments::Cli,
    title: String,
    fail_on: FailOn,
}

fn prepared(name: &str, host: &Arc<dyn Host>) -> Result<Step> {
    let verb = spec::find(name).filter(|verb| verb.step).ok_or_else(|| unknown(name))?;
    if host.kind() == HostKind::Terminal {
        return Err(Error::usage("`step` needs GitHub Actions or Azure Pipelines around it")
            .hint(format!("in a terminal: outerloop {name} --help")));
    }
    refuse_foreign(verb, host.as_ref())?;
    if let Some(folder) = host.input(common::WORKING_DIRECTORY) {
        let folder = Path::new(&folder);
        std::env::set_current_dir(folder)
            .map_err(|e| Error::io("work in", folder, e).during(common::WORKING_DIRECTORY))?;
    }
    let words = words(verb, host.as_ref())?;
    let shown: Vec<_> = words[1..].iter().map(|w| w.to_string_lossy().into_owned()).collect();
    let cli = arguments::parse(words).map_err(|e| refused(verb, &e))?;
    let title = format!("outerloop {}", shown.join(" "));
    Ok(Step { cli, title, fail_on: FailOn::read(host.as_ref())? })
}

fn unknown(name: &str) -> Error {
    let steps = spec::VERBS.iter().filter(|verb| verb.step).map(|verb| verb.name);
    Error::usage(format!("`{}` is no step", name.escape_debug()))
        .hint(format!("the steps are: {}", steps.collect::<Vec<_>>().join(", ")))
}

/// The umbrella action takes the inputs of all verbs: one that this verb does not have would be
/// ignored silently.
fn refuse_foreign(verb: &Verb, host: &dyn Host) -> Result<()> {
    let known = |name: &str| verb.input(name).is_some();
    let all = spec::VERBS.iter().flat_map(|v| v.inputs).map(|input| input.name);
    match all.filter(|name| !known(name)).find(|name| host.input(name).is_some()) {
        None => Ok(()),
        Some(name) => {
            let own: Vec<_> = verb.inputs.iter().map(|input| input.name).collect();
            Err(Error::usage(format!("`{}` has no input `{name}`", verb.name))
                .hint(format!("its inputs are: {}", own.join(", "))))
        }
    }
}

/// The command line that the inputs stand for.
fn words(verb: &Verb, host: &dyn Host) -> Result<Vec<OsString>> {
    let mut words = vec!["outerloop".to_owned(), verb.name.to_owned()];
    let mut positional = Vec::new();
    if let Some(registry) = host.input("registry") {
        words.push(format!("--registry={registry}"));
    }
    if let Some(config) = host.input("config") {
        words.push(format!("--config={config}"));
    }
    for input in verb.inputs {
        let Some(value) = host.input(input.name) else { continue };
        match input.kind {
            Kind::Flag if truth(input, &value)? => words.push(format!("--{}", input.name)),
            Kind::Flag => {}
            Kind::List => {
                let values = value.lines().map(str::trim).filter(|line| !line.is_empty());
                match input.positional {
                    true => positional.extend(values.map(str::to_owned)),
                    false => words.extend(values.map(|v| format!("--{}={v}", input.name))),
                }
            }
            _ if input.positional => positional.push(value),
            _ => words.push(format!("--{}={value}", input.name)),
        }
    }
    if !positional.is_empty() {
        words.push("--".to_owned());
        words.extend(positional);
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

fn truth(input: &Input, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(input.name, value, "true or false")),
    }
}

fn wrong(name: &str, value: &str, expected: &str) -> Error {
    Error::usage(format!("the input `{name}` is `{}`", value.escape_debug()))
        .hint(format!("expected {expected}"))
}

/// What the command line's reader says, without its talk of flags.
fn refused(verb: &Verb, error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let said = text.trim_start_matches("error: ").split("\n\nUsage").next().unwrap_or(&text);
    let said = said.split("\n\nFor more").next().unwrap_or(said).trim_end();
    let own: Vec<_> = verb.inputs.iter().map(|input| input.name).collect();
    Error::usage(format!("the inputs of `{}`: {said}", verb.name))
        .hint(format!("its inputs are: {}", own.join(", ")))
}
