//! Runs the fake of GitHub until it is ended, for use outside of the tests. Prints its address; its
//! state is at `/__state`.
//!
//! Arguments: numbers of pull requests that are there from the beginning.

use std::io::Write as _;

use outerloop_tests::github::{GitHubFake, Workflow};

fn main() -> std::io::Result<()> {
    let fake = GitHubFake::start();
    let wanted = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok()).max();
    {
        let mut site = fake.state();
        site.takes_every_commit = true;
        site.add_workflow(Workflow::new("retrain.yml"));
        for number in 1..=wanted.unwrap_or(0) {
            site.open_pull(&format!("change-{number}"));
        }
    }
    let mut out = std::io::stdout();
    writeln!(out, "{}", fake.url)?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}
