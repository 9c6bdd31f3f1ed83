//! `outerloop`: the outer loop of MLOps as verbs for a terminal and for CI.

mod arguments;
mod context;
mod defect;
mod exit;
mod output;
mod progress;
mod table;

mod archive;
mod compare;
mod deploy;
mod evaluate;
mod history;
mod init;
mod lineage;
mod monitor;
mod package;
mod promote;
mod pull;
mod register;
mod retrain;
mod rollback;
mod serve;
mod show;
mod validate;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Cli, Command};
use context::Context;
use output::Outcome;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let json = cli.json;
    match defect::caught(|| run(cli)) {
        Ok(outcome) => output::print(&outcome, json),
        Err(error) => output::error(&error),
    }
}

fn run(cli: Cli) -> outerloop_core::domain::error::Result<Outcome> {
    let context = Context::new(cli.config, cli.json)?;
    match cli.command {
        Command::Init(a) => init::run(&a, &context),
        Command::Package(a) => package::run(&a, &context),
        Command::Register(a) => register::run(&a, &context),
        Command::Validate(a) => validate::run(&a, &context),
        Command::Promote(a) => promote::run(&a, &context),
        Command::Deploy(a) => deploy::run(&a, &context),
        Command::Rollback(a) => rollback::run(&a, &context),
        Command::Monitor(a) => monitor::run(&a, &context),
        Command::Compare(a) => compare::run(&a, &context),
        Command::Evaluate(a) => evaluate::run(&a, &context),
        Command::Retrain(a) => retrain::run(&a, &context),
        Command::Show(a) => show::run(&a, &context),
        Command::History(a) => history::run(&a, &context),
        Command::Lineage(a) => lineage::run(&a, &context),
        Command::Archive(a) => archive::run(&a, true, &context),
        Command::Restore(a) => archive::run(&a, false, &context),
        Command::Pull(a) => pull::run(&a, &context),
        Command::Serve(a) => serve::run(&a, &context),
        Command::ServeProbe(a) => serve::probe(&a),
    }
}
