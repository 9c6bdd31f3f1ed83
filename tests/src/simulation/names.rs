//! How often a column of many names is said to have drifted between two samples of one population,
//! and of two: rows against rows, and where a profile stands in for the baseline or for both.

use std::path::Path;

use outerloop_core::config::Config;
use outerloop_core::data::profile::{ProfileOptions, profile};
use outerloop_core::data::{Categories, Column, Table, Values};
use outerloop_core::domain::drift::DriftStatus;
use outerloop_core::domain::profile::Profile;
use outerloop_core::stats::drift::pair::{Labels, Pair};
use outerloop_core::stats::drift::presets::{Preset, compare, data_set};
use outerloop_core::stats::generator::Generator;
use outerloop_core::steps::monitor::{assess, assess_profile};
use rayon::prelude::*;

use super::drift::THRESHOLDS;

/// A population: names, and with which power of its rank a name becomes rarer.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    /// Names.
    pub names: usize,
    /// The power; 0: all are alike.
    pub exponent: f64,
    /// Rows of either side.
    pub rows: usize,
}

/// Those of docs/statistics.md.
pub const POPULATIONS: [Population; 8] = [
    Population { names: 300, exponent: 0.0, rows: 1000 },
    Population { names: 1000, exponent: 0.0, rows: 3000 },
    Population { names: 10_000, exponent: 0.0, rows: 30_000 },
    Population { names: 100_000, exponent: 0.0, rows: 100_000 },
    Population { names: 100_000, exponent: 0.0, rows: 1000 },
    Population { names: 5000, exponent: 1.1, rows: 20_000 },
    Population { names: 20_000, exponent: 1.3, rows: 20_000 },
    Population { names: 2000, exponent: 0.8, rows: 50_000 },
];

/// What differs between the two samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// A fifth of the rows have one name that few had.
    One,
    /// A fifth of the rows have one of ten new names.
    New,
    /// A fifth of the rows have new names that come once.
    Once,
}

impl Change {
    /// All, with what they are called.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::None, "nothing: false alarms"),
        (Self::One, "a fifth of the rows in one rare name"),
        (Self::New, "a fifth of the rows in ten new names"),
        (Self::Once, "a fifth of the rows in new names, once each"),
    ];
}

fn sample(population: &Population, change: Change, generator: &mut Generator) -> Categories {
    let mut sum = 0.0;
    let weight = |rank: usize| {
        sum += (rank as f64).powf(-population.exponent);
        sum
    };
    let steps: Vec<f64> = (1..=population.names).map(weight).collect();
    let fresh = match change {
        Change::None | Change::One => 0,
        Change::New => 10,
        Change::Once => population.rows,
    };
    let old = (0..population.names).map(|rank| format!("name {rank}"));
    let levels = old.chain((0..fresh).map(|i| format!("new {i}"))).collect();
    let code = |row: usize| {
        let at = generator.unit() * sum;
        let name = steps.partition_point(|step| *step <= at);
        let moved = change != Change::None && generator.unit() < 0.2;
        match change {
            Change::One if moved => population.names - 1,
            Change::New if moved => population.names + row % 10,
            Change::Once if moved => population.names + row,
            _ => name.min(population.names - 1),
        }
    };
    let codes = (0..population.rows).map(code).map(|c| u32::try_from(c).unwrap_or(0)).collect();
    Categories { levels, codes }
}

fn exact(before: &Categories, now: &Categories) -> bool {
    let baseline = Labels { levels: &before.levels, codes: &before.codes };
    let current = Labels { levels: &now.levels, codes: &now.codes };
    let pair = Pair::Categories { baseline, current };
    data_set(&mut [compare(&pair, Preset::Outerloop, false)], &THRESHOLDS, Preset::default().rule())
}

fn table(categories: Categories) -> Table {
    let rows = categories.codes.len();
    let columns = vec![Column { name: "name".into(), values: Values::Category(categories) }];
    Table { columns, rows, ..Table::default() }
}

fn kept(table: &Table) -> Option<Profile> {
    profile(table, &ProfileOptions::default()).ok()
}

/// Whether drift is seen: rows against rows, against a profile, and of two profiles.
fn one(population: &Population, change: Change, number: u64) -> Option<[bool; 3]> {
    let mut generator = Generator::new(population.names as u64, number);
    let before = sample(population, Change::None, &mut generator);
    let now = sample(population, change, &mut generator);
    let rows = exact(&before, &now);
    let config = Config::without_file(Path::new("/")).ok()?.monitor;
    let (before, now) = (kept(&table(before))?, table(now));
    let of_rows = assess(&before, &now, &config).ok()?.status;
    let of_profiles = assess_profile(&before, &kept(&now)?, &config).status;
    Some([rows, of_rows == DriftStatus::Drift, of_profiles == DriftStatus::Drift])
}

/// Share of the pairs in which drift is seen: rows against rows, against a profile, and of two
/// profiles.
pub fn shares(population: &Population, change: Change, runs: u64) -> [f64; 3] {
    let found: Vec<[bool; 3]> =
        (0..runs).into_par_iter().filter_map(|run| one(population, change, run)).collect();
    [0, 1, 2].map(|i| found.iter().filter(|f| f[i]).count() as f64 / found.len().max(1) as f64)
}

/// The table of docs/statistics.md, with the number of runs divided by `fewer`.
pub fn print(fewer: u64) {
    println!(
        "| names | their shares | rows | runs | what changed | rows | profile | two profiles |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for population in &POPULATIONS {
        let Population { names, exponent, rows } = population;
        for (change, name) in Change::ALL {
            let all = if change == Change::None { 2_000_000 } else { 200_000 };
            let runs = (all / *rows as u64 / fewer).clamp(1, 1000);
            let cells = shares(population, change, runs).map(|s| format!("{:.1}", s * 100.0));
            let cells = cells.join(" | ");
            println!("| {names} | rank^−{exponent} | {rows} | {runs} | {name} | {cells} |");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_alarm_rarely_without_cause_and_what_changed_is_seen() {
        for population in [POPULATIONS[0], POPULATIONS[1], POPULATIONS[6]] {
            assert_eq!(shares(&population, Change::None, 10), [0.0; 3], "{population:?}");
        }
        for population in [POPULATIONS[0], POPULATIONS[6]] {
            for change in [Change::One, Change::New, Change::Once] {
                assert_eq!(shares(&population, change, 2), [1.0; 3], "{population:?} {change:?}");
            }
        }
    }
}
