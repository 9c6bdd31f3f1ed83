//! The command line as a whole; each verb's own arguments are in its file, and what they mean is
//! in the core's `spec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Arg, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use outerloop_core::config::env;
use outerloop_core::domain::error::Error;
use outerloop_core::spec::{VERBS, Verb};

use crate::exit;

/// Reads a command line, the program's name first.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
}

/// The command line with the help that the spec gives.
pub fn command() -> clap::Command {
    VERBS.iter().fold(Cli::command(), |command, verb| {
        command.mut_subcommand(verb.name, |own| described(own, verb))
    })
}

fn described(command: clap::Command, verb: &Verb) -> clap::Command {
    let with_help = |arg: Arg| match verb.input(&name_of(&arg)) {
        Some(input) => arg.help(input.help),
        None => arg,
    };
    let command = command.about(verb.about).mut_args(with_help);
    if verb.notes.is_empty() { command } else { command.after_help(verb.notes) }
}

/// The name of an argument in the spec: its flag, or its word in lower case.
pub fn name_of(arg: &Arg) -> String {
    let word = || arg.get_value_names().and_then(|names| names.first()).map(|n| n.to_lowercase());
    arg.get_long().map(str::to_owned).or_else(word).unwrap_or_default()
}

/// Reads a name, a version or the like; what is wrong and what to write instead, in one message.
pub fn parsed<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: Error| match e.hint_text() {
        Some(hint) => format!("{e}\n  hint: {hint}"),
        None => e.to_string(),
    })
}

/// The outer loop of MLOps: package, register, validate, promote, deploy, monitor, retrain.
#[derive(Parser)]
#[command(
    name = "outerloop",
    version,
    propagate_version = false,
    after_help = exit::HELP,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Configuration file [default: the nearest outerloop.yaml]
    #[arg(long, global = true, env = env::CONFIG, value_name = "FILE", hide_env = true)]
    pub config: Option<PathBuf>,
    /// The registry as one address, such as mlflow+https://HOST [default: the configuration's]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub registry: Option<String>,
    /// Print exactly one JSON object on standard output
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs, in the order in which `--help` shows them. What each does is in the spec.
#[derive(Subcommand)]
pub enum Command {
    Init(crate::init::Arguments),
    Package(crate::package::Arguments),
    Register(crate::register::Arguments),
    Validate(crate::validate::Arguments),
    Promote(crate::promote::Arguments),
    Deploy(crate::deploy::Arguments),
    Rollback(crate::rollback::Arguments),
    Monitor(crate::monitor::Arguments),
    Compare(crate::compare::Arguments),
    Profile(crate::profile::Arguments),
    Merge(crate::profile::MergeArguments),
    Evaluate(Box<crate::evaluate::Arguments>),
    Retrain(crate::retrain::Arguments),
    Show(crate::show::Arguments),
    History(crate::history::Arguments),
    Lineage(crate::lineage::Arguments),
    Announce(crate::announce::Arguments),
    Archive(crate::archive::Arguments),
    Restore(crate::archive::Arguments),
    Pull(crate::pull::Arguments),
    Copy(crate::copy::Arguments),
    Serve(crate::serve::Arguments),
    Doctor(crate::doctor::Arguments),
    /// Print the JSON schema of outerloop.yaml, for editors
    Schema,
    /// Run a verb as a step of a CI system: inputs and outputs go through the system
    #[command(hide = true)]
    Step(crate::step::Arguments),
    /// Print the description of every verb, from which the wrappers are generated
    #[command(hide = true)]
    Spec,
    /// Load a package in this process and prove that it answers (used by `serve`)
    #[command(hide = true)]
    ServeProbe(crate::serve::ProbeArguments),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_command_line_and_the_spec_say_the_same() {
        let command = Cli::command();
        for verb in VERBS {
            let own = command.find_subcommand(verb.name).expect(verb.name);
            let taken: BTreeSet<_> =
                own.get_arguments().map(|a| (name_of(a), a.get_long().is_none())).collect();
            let described: BTreeSet<_> =
                verb.inputs.iter().map(|i| (i.name.to_owned(), i.positional)).collect();
            assert_eq!(taken, described, "{}", verb.name);
            for arg in own.get_arguments() {
                let input = verb.input(&name_of(arg)).expect("described");
                assert_eq!(arg.is_required_set(), input.required, "{} {}", verb.name, input.name);
                let flag = matches!(arg.get_action(), clap::ArgAction::SetTrue);
                let kind = input.kind == outerloop_core::spec::Kind::Flag;
                assert_eq!(flag, kind, "{} {}", verb.name, input.name);
            }
        }
        let known = |name: &str| VERBS.iter().any(|verb| verb.name == name);
        let hidden = ["schema", "step", "spec", "serve-probe", "help"];
        for own in command.get_subcommands() {
            let name = own.get_name();
            assert!(known(name) || hidden.contains(&name), "{name} is not in the spec");
        }
    }

    #[test]
    fn help_comes_from_the_spec() {
        let help = command().find_subcommand_mut("deploy").expect("a verb").render_help();
        assert!(help.to_string().contains("Carry on with a rollout"), "{help}");
    }
}
