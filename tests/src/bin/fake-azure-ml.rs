//! Runs the fake of Azure Machine Learning, with blobs in Azurite, for use outside of the tests.
//! It takes the calls of azure-ai-ml, too, and ends with its input.
//!
//! Prints a line of JSON: the variables of a process that logs in to it, and the names of what it
//! has. Then, for each line of its input, what happened since the last one: `calls`, `operations`
//! that were begun, and `violations` of the rules of the API.
//!
//! Arguments: how many milliseconds an operation goes on after it was accepted.

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use outerloop_tests::azure_ml::{AzureMlFake, REGISTRIES};
use serde_json::json;

fn main() -> std::io::Result<()> {
    let lasts = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let Some(lasts) = lasts.map(Duration::from_millis) else {
        return Err(std::io::Error::other("expected: fake-azure-ml MILLISECONDS"));
    };
    let fake = AzureMlFake::for_azure_ai_ml();
    fake.state().slow = 0;
    fake.state().lasts = lasts;
    say(&json!({"variables": fake.variables(), "registry": REGISTRIES[0]}))?;
    let mut before = 0;
    for line in std::io::stdin().lock().lines() {
        line?;
        let calls = fake.take_calls().len();
        let (begun, violations) = {
            let mut world = fake.state();
            (world.operations.len(), std::mem::take(&mut world.violations))
        };
        say(&json!({"calls": calls, "operations": begun - before, "violations": violations}))?;
        before = begun;
    }
    Ok(())
}

fn say(what: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{what}")?;
    out.flush()
}
