//! The project's own commands.

mod bench;
mod demo;
mod environment;
mod place;
mod process;
mod rooms;
mod suite;
mod traffic;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Outerloop's own commands", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole outer loop on this machine, with real models trained on real data
    Demo,
    /// Install what the tests need and run all of them, as CI does
    Test,
    /// Measure, beside the peers, what docs/benchmarks.md states
    Bench {
        /// What to measure; everything when left out
        #[arg(value_enum)]
        what: Vec<bench::What>,
    },
}

fn main() {
    let result = match Arguments::parse().command {
        Command::Demo => demo::run(),
        Command::Test => suite::run(),
        Command::Bench { what } => bench::run(&what),
    };
    if let Err(error) = result {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
