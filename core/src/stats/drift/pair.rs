//! One column of two data sets, as the presets look at it.

use std::collections::HashMap;

use super::bins;

/// One column of two data sets, rows in the order of the data.
#[derive(Debug, Clone, Copy)]
pub enum Pair<'a> {
    /// Numbers on both sides.
    Numbers {
        /// The baseline; NaN is null.
        baseline: &'a [f64],
        /// The current data; NaN is null.
        current: &'a [f64],
        /// Whether both sides are stored as integers (see [`is_whole`]).
        whole: bool,
    },
    /// Categories on both sides.
    Categories {
        /// The baseline.
        baseline: Labels<'a>,
        /// The current data.
        current: Labels<'a>,
    },
}

/// Categories of one side.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Distinct values.
    pub levels: &'a [String],
    /// Place of each row's value among the levels; one beyond them is null.
    pub codes: &'a [u32],
}

/// Categories of both sides by one set of levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aligned<'a> {
    /// Levels that either side has, in the order of the baseline, then of the current data.
    pub names: Vec<&'a str>,
    /// Rows of each in the baseline.
    pub baseline: Vec<u64>,
    /// Rows of each in the current data.
    pub current: Vec<u64>,
    /// Place in `names` of each level of the current data; beyond them where no row has it.
    pub places: Vec<usize>,
}

/// The finite ones, ascending; −0 is 0.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut kept: Vec<f64> = values.iter().filter(|x| x.is_finite()).map(|x| x + 0.0).collect();
    kept.sort_unstable_by(f64::total_cmp);
    kept
}

/// Whether all values are whole numbers and none is missing: a column that numpy holds as integers,
/// as far as that can be told from the values.
pub fn is_whole(values: &[f64]) -> bool {
    values.iter().all(|x| x.fract() == 0.0)
}

/// Rows of each level, and rows without one.
pub fn count(labels: &Labels<'_>) -> (Vec<u64>, u64) {
    let mut counts = vec![0; labels.levels.len() + 1];
    let last = labels.levels.len();
    for code in labels.codes {
        counts[(*code as usize).min(last)] += 1;
    }
    let nulls = counts.pop().unwrap_or(0);
    (counts, nulls)
}

/// Counts both sides by one set of levels; levels that no row has are left out.
pub fn align<'a>(baseline: &Labels<'a>, current: &Labels<'a>) -> Aligned<'a> {
    let (before, now) = (count(baseline).0, count(current).0);
    let mut names: Vec<&str> = Vec::with_capacity(baseline.levels.len());
    let mut found = Vec::with_capacity(names.len());
    let mut index: HashMap<&str, usize> = HashMap::with_capacity(baseline.levels.len());
    for (name, n) in baseline.levels.iter().zip(before).filter(|(_, n)| *n > 0) {
        index.insert(name, names.len());
        names.push(name);
        found.push(n);
    }
    let mut counted = vec![0; names.len()];
    let mut places = Vec::with_capacity(current.levels.len());
    for (name, n) in current.levels.iter().zip(now) {
        if n == 0 && !index.contains_key(name.as_str()) {
            places.push(usize::MAX);
            continue;
        }
        let place = *index.entry(name).or_insert(names.len());
        if place == names.len() {
            names.push(name);
            found.push(0);
            counted.push(0);
        }
        counted[place] += n;
        places.push(place);
    }
    Aligned { names, baseline: found, current: counted, places }
}

impl Aligned<'_> {
    /// Levels that a row of either side has.
    pub fn distinct(&self) -> usize {
        self.baseline.iter().zip(&self.current).filter(|(a, b)| **a + **b > 0).count()
    }
}

/// Distinct values of two sorted samples, counted up to `most` + 1.
pub fn distinct(baseline: &[f64], current: &[f64], most: usize) -> usize {
    super::merged::steps(baseline, current).take(most + 1).count()
}

/// Sorted numbers as categories: the counts of each distinct value.
pub fn by_value(baseline: &[f64], current: &[f64]) -> (Vec<u64>, Vec<u64>) {
    bins::by_value(baseline, current)
}
