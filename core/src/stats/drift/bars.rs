//! The bars that two samples of numbers are drawn with.

use super::bins;
use super::profile::{BinNames, Bins};

/// Most bars that a distribution is drawn with.
pub const BARS: usize = 24;
/// Share of the values on either side that goes into the outermost bar.
const OUTSIDE: f64 = 0.005;
/// Up to this size numbers and their differences are told apart to the unit.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// Draws two samples by their distinct values, ascending, each with how often either has it.
///
/// Up to [`BARS`] values get one bar each. More get bars of equal width between the outermost two
/// hundredths of both samples together, the ends open. Whole numbers get bars that hold equally
/// many of them each, but for the last: else an even distribution would look like a saw. `None`
/// where either sample is empty.
pub(super) fn drawn(found: &[(f64, u64, u64)]) -> Option<Bins> {
    let one_each = found.len() <= BARS;
    let ends = if one_each { found.iter().map(|s| s.0).collect() } else { wide(found) };
    let (before, now) = counted(found, &ends);
    let names = if one_each { BinNames::Values(ends) } else { BinNames::UpTo(ends) };
    Some(Bins { names, baseline: bins::shares(&before)?, current: bins::shares(&now)? })
}

/// Ends of bars of equal width.
fn wide(found: &[(f64, u64, u64)]) -> Vec<f64> {
    let (low, high) = inner(found);
    match step(found.iter().map(|s| s.0)) {
        Some(step) => whole_ends(low, high, step),
        None => bins::equal_width(low, high, BARS).split_off(1),
    }
}

/// Counts up to each end, above the one before; the last bin is open.
pub(super) fn counted(found: &[(f64, u64, u64)], ends: &[f64]) -> (Vec<u64>, Vec<u64>) {
    let (mut before, mut now) = (vec![0; ends.len()], vec![0; ends.len()]);
    let mut at = 0;
    for (value, a, b) in found {
        while at + 1 < ends.len() && *value > ends[at] {
            at += 1;
        }
        before[at] += a;
        now[at] += b;
    }
    (before, now)
}

/// The values between which all but the outermost of both samples together lie.
fn inner(found: &[(f64, u64, u64)]) -> (f64, f64) {
    let all: u64 = found.iter().map(|s| s.1 + s.2).sum();
    let reach = |share: f64| {
        let mut upto = 0;
        let reached = found.iter().find(|(_, a, b)| {
            upto += a + b;
            upto as f64 >= share * all as f64
        });
        reached.map_or(found[0].0, |s| s.0)
    };
    (reach(OUTSIDE), reach(1.0 - OUTSIDE))
}

/// The largest number that all ascending, distinct values are whole multiples of apart; `None` where
/// one is no whole number.
pub(super) fn step(values: impl Iterator<Item = f64>) -> Option<u64> {
    let (mut step, mut last) = (0, None);
    for value in values {
        if value.fract() != 0.0 || value.abs() > EXACT {
            return None;
        }
        step = last.map_or(0, |last| common(step, (value - last) as u64));
        last = Some(value);
    }
    Some(step.max(1))
}

/// The greatest common divisor.
fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}

/// Ends of bars that hold equally many of the numbers `step` apart; the last may reach further.
fn whole_ends(low: f64, high: f64, step: u64) -> Vec<f64> {
    let step = step as f64;
    // What lies outside is seen beside a value that next to all rows have.
    let (low, high) = if low == high { (low - step, high + step) } else { (low, high) };
    let numbers = ((high - low) / step) as u64 + 1;
    let width = width(numbers);
    let bars = numbers.div_ceil(width);
    (1..=bars).map(|bar| low + step * (bar * width - 1) as f64).collect()
}

/// How many of so many numbers a bar holds: as few as make at most [`BARS`] bars, or a little more
/// where that fills the last bar better.
fn width(numbers: u64) -> u64 {
    let least = numbers.div_ceil(BARS as u64);
    let lacks = |width: &u64| (width - 1 - (numbers - 1) % width) as f64 / *width as f64;
    let mut widths = (least..2 * least).take(BARS);
    let fullest = widths.clone().min_by(|a, b| lacks(a).total_cmp(&lacks(b)));
    widths.find(|width| lacks(width) < 0.4).or(fullest).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many of each of these numbers on both sides.
    fn even(numbers: impl Iterator<Item = u32>) -> Vec<(f64, u64, u64)> {
        numbers.map(|x| (f64::from(x), 10, 30)).collect()
    }

    fn ends(bins: &Bins) -> &[f64] {
        match &bins.names {
            BinNames::UpTo(ends) | BinNames::Values(ends) => ends,
            BinNames::Levels(_) => &[],
        }
    }

    #[test]
    fn an_even_distribution_of_ages_gives_even_bars() {
        for last in 43..=140 {
            let found = drawn(&even(18..=last)).expect("bars");
            let (tail, full) = found.baseline.split_last().expect("bars");
            assert_eq!(found.baseline, found.current);
            assert!(full.iter().all(|share| (share - full[0]).abs() < 1e-12), "{last}: {full:?}");
            assert!((full.len() < BARS) && full.len() >= BARS / 3, "{last}: {}", full.len());
            assert!(*tail > 0.3 * full[0] && *tail < full[0] + 1e-12, "{last}: {tail}");
            assert!(ends(&found).iter().all(|end| end.fract() == 0.0), "{last}");
        }
        let decades = drawn(&even(18..=89)).expect("bars");
        assert_eq!((ends(&decades)[0], ends(&decades).len()), (20.0, BARS));
    }

    #[test]
    fn few_numbers_get_a_bar_each_and_rare_ones_at_the_ends_do_not_stretch_them() {
        let few = drawn(&even(20..44)).expect("bars");
        assert_eq!(few.names, BinNames::Values((20..44).map(f64::from).collect()));
        let mut tailed: Vec<_> = even(20..40).into_iter().map(|s| (s.0, 1000, 1000)).collect();
        tailed.extend(even(60..70).into_iter().map(|s| (s.0, 1, 1)));
        let found = drawn(&tailed).expect("bars");
        assert_eq!(ends(&found), (20..40).map(f64::from).collect::<Vec<_>>());
        assert!((found.current[19] - 1010.0 / 20_010.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_in_steps_are_as_even_and_others_are_cut_as_they_come() {
        let fifties = drawn(&even((0..72).map(|i| 1000 + 50 * i))).expect("bars");
        assert_eq!((ends(&fifties)[0], ends(&fifties)[1]), (1100.0, 1250.0));
        assert!(fifties.baseline.iter().all(|share| (share - 1.0 / 24.0).abs() < 1e-12));
        let mut parts = even(0..72);
        parts[71].0 = 71.5;
        let ends = ends(&drawn(&parts).expect("bars")).to_vec();
        assert!((ends[0] - 71.5 / 24.0).abs() < 1e-12 && ends.len() == BARS);
        assert_eq!(step([1.0, 1e300].into_iter()), None);
    }

    #[test]
    fn beside_a_value_that_next_to_all_rows_have_the_others_are_seen() {
        let mut found = even(0..60);
        found[30] = (30.0, 1_000_000, 1_000_000);
        let bins = drawn(&found).expect("bars");
        assert_eq!(ends(&bins), [29.0, 30.0, 31.0]);
        assert!(bins.baseline.iter().all(|share| *share > 0.0));
        let huge = [(-1e15, 1, 1), (0.0, 1, 1), (1e15, 1, 1)];
        let mut huge = huge.to_vec();
        huge.extend((0..30).map(|i| (1e15 + 1.0 + f64::from(i), 1, 1)));
        assert_eq!(ends(&drawn(&huge).expect("bars")).len(), BARS);
    }
}
