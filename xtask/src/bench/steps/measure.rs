//! The tables.

use super::stand_in::StandIn;
use super::{action, checksum, task};
use crate::bench::timing;
use crate::process::Result;

/// Measures and prints.
///
/// # Errors
/// A program that is missing or fails.
pub fn run() -> Result<()> {
    let folder = timing::folder("steps")?;
    let program = StandIn::make(&folder)?;
    println!("\n## One step of GitHub Actions in act");
    table(&action::measure(&folder, &program)?);
    println!("\n## One task of Azure Pipelines");
    table(&task::measure(&folder, &program)?);
    println!("\n## The checksum of a program of 17.9 MB");
    table(&checksum::measure(&program)?);
    println!("\n## Bytes");
    for (what, bytes) in program.sizes()? {
        println!("| {what} | {bytes} |");
    }
    Ok(())
}

/// Medians, each beside the first.
fn table(rows: &[(&str, Vec<f64>)]) {
    let first = rows.first().map_or(1.0, |(_, seconds)| median(seconds));
    for (what, seconds) in rows {
        let milliseconds = median(seconds) * 1000.0;
        let ratio = median(seconds) / first;
        let runs = seconds.len();
        println!("| {what} | {milliseconds:.0} ms | {ratio:.1} | median of {runs} |");
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
