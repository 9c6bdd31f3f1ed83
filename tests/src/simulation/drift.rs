//! How often two samples of one population are said to have drifted, and two of others: by the
//! default preset and beside it by the peers'.

use outerloop_core::stats::drift::pair::{Labels, Pair};
use outerloop_core::stats::drift::presets::{Compared, Preset, Thresholds, compare, data_set};
use outerloop_core::stats::generator::Generator;
use rayon::prelude::*;

/// Rows of either side, and how many pairs of samples are drawn: of one population, and of each two
/// others.
pub const SIZES: [(usize, u64, u64); 3] =
    [(200, 10_000, 10_000), (2000, 10_000, 10_000), (200_000, 10_000, 200)];
/// Most values of a column of all pairs that the peers are shown; the default sees all.
const PEERS: u64 = 200_000_000;

/// What `monitor.*` are without a configuration.
pub(super) const THRESHOLDS: Thresholds = Thresholds {
    psi: 0.2,
    jensen_shannon: 0.2,
    ks: 0.15,
    wasserstein: 0.25,
    null_rate: 0.05,
    out_of_range: 0.01,
    new_categories: 0.01,
    significance: 0.01,
};

/// Columns of a kind: normal, skewed, whole numbers, categories.
const EACH: usize = 3;
const LEVELS: [f64; 5] = [0.4, 0.3, 0.15, 0.1, 0.05];

/// What differs between the two populations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// One normal column's mean, by half a standard deviation.
    Mean,
    /// One normal column's standard deviation, by half.
    Spread,
    /// One column of categories: a fifth of the rows become the rarest.
    Category,
}

impl Change {
    /// All, with what they are called.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::None, "nothing (false alarms)"),
        (Self::Mean, "one of 12 columns: mean + 0.5 standard deviations"),
        (Self::Spread, "one of 12 columns: standard deviation × 1.5"),
        (Self::Category, "one of 12 columns: a fifth of the rows in the rarest category"),
    ];
}

enum Column {
    Numbers(Vec<f64>),
    Codes(Vec<u32>),
}

fn sample(generator: &mut Generator, rows: usize, change: Change) -> Vec<Column> {
    let mut columns = Vec::with_capacity(4 * EACH);
    for i in 0..EACH {
        let (shift, scale) = match change {
            Change::Mean if i == 0 => (0.5, 1.0),
            Change::Spread if i == 0 => (0.0, 1.5),
            _ => (0.0, 1.0),
        };
        let normal = (0..rows).map(|_| generator.normal() * scale + shift).collect();
        columns.push(Column::Numbers(normal));
        columns.push(Column::Numbers((0..rows).map(|_| generator.normal().exp()).collect()));
        let whole = (0..rows).map(|_| generator.below(10) as f64).collect();
        columns.push(Column::Numbers(whole));
        let moved = if change == Change::Category && i == 0 { 0.2 } else { 0.0 };
        columns.push(Column::Codes((0..rows).map(|_| level(generator, moved)).collect()));
    }
    columns
}

fn level(generator: &mut Generator, moved: f64) -> u32 {
    let mut left = generator.unit();
    let mut code = 0;
    while code + 1 < LEVELS.len() && left >= LEVELS[code] {
        left -= LEVELS[code];
        code += 1;
    }
    if generator.unit() < moved { LEVELS.len() as u32 - 1 } else { code as u32 }
}

/// Whether each of the presets sees drift in one pair of samples.
fn one(seed: u64, number: u64, rows: usize, change: Change, presets: &[Preset]) -> Vec<bool> {
    let mut generator = Generator::new(seed, number);
    let before = sample(&mut generator, rows, Change::None);
    let now = sample(&mut generator, rows, change);
    let names: Vec<String> = (0..LEVELS.len()).map(|i| format!("level {i}")).collect();
    let drifts = |preset: &Preset| {
        let preset = *preset;
        let mut compared: Vec<Compared> = before
            .iter()
            .zip(&now)
            .filter_map(|columns| match columns {
                (Column::Numbers(baseline), Column::Numbers(current)) => {
                    let whole = false;
                    Some(compare(&Pair::Numbers { baseline, current, whole }, preset, false))
                }
                (Column::Codes(a), Column::Codes(b)) => {
                    let labels = |codes| Labels { levels: &names, codes };
                    let (baseline, current) = (labels(a), labels(b));
                    Some(compare(&Pair::Categories { baseline, current }, preset, false))
                }
                _ => None,
            })
            .collect();
        data_set(&mut compared, &THRESHOLDS, preset.rule())
    };
    presets.iter().map(drifts).collect()
}

/// Share of the pairs in which each preset sees drift, in the order of [`Preset::ALL`]: the peers'
/// of those that they are shown.
pub fn shares(rows: usize, runs: u64, change: Change) -> [f64; 4] {
    let shown = peers(rows, runs);
    let presets = |run: u64| &Preset::ALL[..if run < shown { 4 } else { 1 }];
    let pair = |run: u64| one(rows as u64, run, rows, change, presets(run));
    let found: Vec<Vec<bool>> = (0..runs).into_par_iter().map(pair).collect();
    let share = |i: usize| {
        let seen: Vec<bool> = found.iter().filter_map(|f| f.get(i).copied()).collect();
        seen.iter().filter(|drifts| **drifts).count() as f64 / seen.len() as f64
    };
    [0, 1, 2, 3].map(share)
}

/// Pairs that the peers are shown.
fn peers(rows: usize, runs: u64) -> u64 {
    runs.min((PEERS / rows as u64).max(1))
}

/// The table of docs/statistics.md, with the number of runs divided by `fewer`.
pub fn print(fewer: u64) {
    println!("| rows | runs | what changed | outerloop | evidently | nannyml | azure-ml |");
    println!("|---|---|---|---|---|---|---|");
    for (rows, alike, apart) in SIZES {
        for (change, name) in Change::ALL {
            let runs = if change == Change::None { alike } else { apart };
            let runs = (runs / fewer).max(1);
            let cells = shares(rows, runs, change).map(|s| format!("{:.1}", s * 100.0));
            let runs = match peers(rows, runs) {
                shown if shown < runs => format!("{runs}, of the peers {shown}"),
                _ => runs.to_string(),
            };
            println!("| {rows} | {runs} | {name} | {} |", cells.join(" | "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_alarms_rarely_without_cause_and_sees_what_is_there() {
        let calm = shares(400, 200, Change::None);
        assert!(calm[0] <= 0.03, "{calm:?}");
        let seen = shares(2000, 40, Change::Mean);
        assert!(seen[0] >= 0.95, "{seen:?}");
    }
}
