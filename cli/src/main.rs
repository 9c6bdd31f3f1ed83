//! `outerloop`: the outer loop of MLOps as verbs for a terminal and for CI.

mod arguments;
mod context;
mod defect;
mod exit;
mod mention;
mod output;
mod progress;
mod remote;
mod table;
mod tell;
mod text;

mod announce;
mod archive;
mod compare;
mod copy;
mod deploy;
mod doctor;
mod evaluate;
mod forge;
mod history;
mod init;
mod lineage;
mod monitor;
mod package;
mod pins;
mod profile;
mod promote;
mod pull;
mod register;
mod retrain;
mod rollback;
mod schema;
mod scoring;
mod serve;
mod show;
mod step;
mod validate;
mod verify;

use std::process::ExitCode;
use std::sync::Arc;

use arguments::{Cli, Command};
use context::Context;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::Result;
use outerloop_core::ports::host::Host;
use output::Outcome;

fn main() -> ExitCode {
    let host = factory::host();
    let cli = match arguments::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return output::usage(host.as_ref(), &error),
    };
    if let Command::Step(arguments) = &cli.command {
        return step::run(arguments, &host);
    }
    let json = cli.json;
    let result = execute(cli, &host);
    output::end(host.as_ref(), &result, json)
}

/// Runs a verb; a panic in it becomes an error.
fn execute(cli: Cli, host: &Arc<dyn Host>) -> Result<Outcome> {
    defect::caught(host, || run(cli, host))
}

fn run(cli: Cli, host: &Arc<dyn Host>) -> Result<Outcome> {
    let names = Arc::default();
    // A server has a log of its own, and what a probe says is read by a program.
    if !matches!(cli.command, Command::Serve(_) | Command::ServeProbe(_)) {
        mention::through(host, &names);
    }
    let context = Context::new(cli.config, cli.registry, cli.json, Arc::clone(host), names)?;
    let result = verb(cli.command, &context);
    remote::retold(result, &context.fetched())
}

fn verb(command: Command, context: &Context) -> Result<Outcome> {
    match command {
        Command::Init(a) => init::run(&a, context),
        Command::Package(a) => package::run(&a, context),
        Command::Register(a) => register::run(&a, context),
        Command::Validate(a) => validate::run(&a, context),
        Command::Promote(a) => promote::run(&a, context),
        Command::Deploy(a) => deploy::run(&a, context),
        Command::Rollback(a) => rollback::run(&a, context),
        Command::Monitor(a) => monitor::run(&a, context),
        Command::Compare(a) => compare::run(&a, context),
        Command::Profile(a) => profile::run(&a, context),
        Command::Merge(a) => profile::merge(&a, context),
        Command::Evaluate(a) => evaluate::run(&a, context),
        Command::Retrain(a) => retrain::run(&a, context),
        Command::Show(a) => show::run(&a, context),
        Command::History(a) => history::run(&a, context),
        Command::Lineage(a) => lineage::run(&a, context),
        Command::Announce(a) => announce::run(&a, context),
        Command::Archive(a) => archive::run(&a, true, context),
        Command::Restore(a) => archive::run(&a, false, context),
        Command::Pull(a) => pull::run(&a, context),
        Command::Copy(a) => copy::run(&a, context),
        Command::Serve(a) => serve::run(&a, context),
        Command::Doctor(a) => doctor::run(&a, context),
        Command::Schema => schema::run(),
        Command::Spec => schema::spec(),
        Command::ServeProbe(a) => serve::probe(&a),
        Command::Step(a) => Err(a.nested()),
    }
}
