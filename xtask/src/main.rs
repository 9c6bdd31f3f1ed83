//! The project's own commands.

mod apt;
mod bench;
mod chromium;
mod demo;
mod dist;
mod environment;
mod failures;
mod generate;
mod place;
mod process;
mod rooms;
mod simulate;
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
    /// Pack a release: an archive a target, SHA256SUMS, and the Azure DevOps extension
    Dist(dist::Options),
    /// Write every file that follows from the description of the verbs
    Generate {
        /// Only say which files differ
        #[arg(long)]
        check: bool,
    },
    /// Try every interval and every test on populations whose truth is known, as
    /// docs/statistics.md states (about 20 minutes on two cores)
    Simulate {
        /// Only methods and populations whose name contains this; or `drift`, `names` or `windows`,
        /// which stand for themselves
        #[arg(default_value = "")]
        name: String,
        /// Divide the number of runs by this, for a quick look
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        fewer: u64,
    },
    /// Measure, beside the peers, what docs/benchmarks.md states
    Bench {
        /// What to measure; everything when left out
        #[arg(value_enum)]
        what: Vec<bench::What>,
        /// Most rows of the data of `gates`, `drift` and `profiles`: larger cases are left out, and
        /// said to be
        #[arg(long, default_value_t = usize::MAX)]
        rows: usize,
        /// Peers of `drift`, all when left out
        #[arg(long, value_enum, value_delimiter = ',')]
        peers: Vec<bench::Peer>,
    },
}

fn main() {
    let result = match Arguments::parse().command {
        Command::Demo => demo::run(),
        Command::Test => suite::run(),
        Command::Dist(options) => dist::run(&options),
        Command::Generate { check } => generate::run(check),
        Command::Simulate { name, fewer } => simulate::run(&name, fewer),
        Command::Bench { what, rows, peers } => bench::run(&what, rows, &peers),
    };
    if let Err(error) = result {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
