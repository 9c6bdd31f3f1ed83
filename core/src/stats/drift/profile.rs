//! A stored profile of a column compared with current values.
//!
//! The definitions:
//! - bins of numbers come from the baseline alone: one bin a value for up to 20 values, else up to
//!   20 groups of equal probability where every value is known, and 10 where points are. Those of
//!   categories come from both sides together: one for each level that is frequent enough (see
//!   [`super::categories::Levels::counted`]), and one for the rest, new ones included.
//! - `psi`: Σ (p − q) ln(p/q), empty shares filled as in [`super::psi::filled`].
//! - `jensen-shannon`: distance, base 2. `total-variation`: ½ Σ |p − q|.
//! - `ks`: largest distance of the distribution functions, at every value that the profile keeps;
//!   `ks-p-value` by [`super::ks::asymptotic`].
//! - `wasserstein-normed`: Wasserstein distance over the baseline's standard deviation (where
//!   points are kept: over the central 99 %, uniform between two points).
//! - `chi-squared` and its p-value: two-sample test on the bins of categories, uncorrected.
//! - `null-rate-baseline`, `null-rate-current`: share of values that are null or infinite.
//! - `out-of-range`: share of the current values below the smallest or above the largest of the
//!   baseline. `new-categories`: share in new levels beyond the share to be expected (see
//!   [`super::categories::Levels::novelty`]).
//! - `not-told-apart`: share of the baseline in the bin of the rest: changes among its levels are
//!   not seen.
//!
//! Where a profile keeps points, every measure that depends on them has a bound of its error in
//! [`Comparison::errors`]: of `ks` the most by which it can be too small or too large; of the
//! distances between bins the most by which counts within their errors move them; of
//! `wasserstein-normed` what moving each value within its gap makes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use statrs::function::erf::erfc;

use super::categories::Untold;
use super::number_profile::Sample;
use super::steps::Steps;
use super::{category_profile, number_profile};
use crate::domain::profile::{ColumnProfile, ColumnValues, NumberProfile, Point};

/// Current values of a column.
#[derive(Debug, Clone, Copy)]
pub enum Current<'a> {
    /// Numbers; NaN is null.
    Numbers(&'a [f64]),
    /// Categories.
    Levels {
        /// Rows of each level.
        counts: &'a HashMap<&'a str, u64>,
        /// Rows without a value.
        nulls: u64,
    },
    /// What is kept of them.
    Profile(&'a ColumnProfile),
}

/// What the comparison of one column gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Metrics by name; only those that apply. All are finite.
    pub metrics: BTreeMap<String, f64>,
    /// Most by which a metric may differ from that of the data itself, by its name; those that are
    /// exact are not named.
    pub errors: BTreeMap<String, f64>,
    /// P-value that the shape is unchanged (KS for numbers, chi-squared for categories).
    pub shape_p: Option<f64>,
    /// P-value that the null rate has not risen.
    pub null_p: Option<f64>,
    /// P-value that no more values lie outside the baseline's range than chance puts there.
    pub range_p: Option<f64>,
    /// P-value that no more values are in new categories than chance puts there.
    pub novelty_p: Option<f64>,
    /// New categories, the most frequent first.
    pub new: Vec<String>,
    /// Categories of which at least ten were expected and, beyond chance, none came.
    pub lost: Vec<String>,
    /// Both distributions, to draw: in bars of equal width where every number is known, else in the
    /// bins behind the distances.
    pub bins: Option<Bins>,
}

/// Shares of the baseline and of the current data in the same bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// What each bin is.
    pub names: BinNames,
    /// Share of the baseline in each.
    pub baseline: Vec<f64>,
    /// Share of the current data in each.
    pub current: Vec<f64>,
}

/// What bins are.
#[derive(Debug, Clone, PartialEq)]
pub enum BinNames {
    /// Numbers up to and including this, above the one before; the last has no upper end.
    UpTo(Vec<f64>),
    /// One value each; values between two count to the upper one.
    Values(Vec<f64>),
    /// Categories; the last may be the rest.
    Levels(Vec<String>),
}

/// Compares the current values with the profile. `None` where the kinds differ (numbers against
/// categories).
pub fn compare(baseline: &ColumnProfile, current: &Current<'_>) -> Option<Comparison> {
    let (mut comparison, usable, nulls) = match (&baseline.values, current) {
        (ColumnValues::Number(before), Current::Numbers(values)) => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let usable = sorted.len() as u64;
            let found = number_profile::compare(before, baseline.count, &Sample::Sorted(&sorted));
            (found, usable, values.len() as u64 - usable)
        }
        (ColumnValues::Number(before), Current::Profile(now)) => {
            let found = match CurrentNumbers::of(now)? {
                CurrentNumbers::Some(numbers) => {
                    let steps = Steps::of(&numbers.distribution);
                    let range = (numbers.min, numbers.max);
                    let sample = Sample::Steps(&steps, range);
                    number_profile::compare(before, baseline.count, &sample)
                }
                CurrentNumbers::None => Comparison::default(),
            };
            (found, now.count, now.unusable())
        }
        (ColumnValues::Category(before), Current::Profile(now)) => {
            let (named, untold) = level_counts(now);
            let named = named.iter().map(|(name, n)| (name.as_ref(), *n));
            (category_profile::compare(before, named, untold), now.count, now.unusable())
        }
        (ColumnValues::Category(before), Current::Levels { counts, nulls }) => {
            let named = counts.iter().map(|(name, n)| (*name, *n));
            let found = category_profile::compare(before, named, Untold::default());
            (found, counts.values().sum(), *nulls)
        }
        _ => return None,
    };
    null_rates(baseline, usable, nulls, &mut comparison);
    comparison.metrics.retain(|_, value| value.is_finite());
    let Comparison { metrics, errors, .. } = &mut comparison;
    errors.retain(|name, error| *error > 0.0 && error.is_finite() && metrics.contains_key(name));
    Some(comparison)
}

/// The numbers of a current profile.
enum CurrentNumbers<'a> {
    Some(&'a NumberProfile),
    /// It has no values at all.
    None,
}

impl<'a> CurrentNumbers<'a> {
    /// `None` where it holds text.
    fn of(now: &'a ColumnProfile) -> Option<Self> {
        match &now.values {
            ColumnValues::Number(numbers) if now.count > 0 => Some(Self::Some(numbers)),
            ColumnValues::Category(_) if now.count > 0 => None,
            _ => Some(Self::None),
        }
    }
}

/// Values by level of a current profile, as far as it names them, and what it does not tell. Numbers
/// are the categories that they are written as.
fn level_counts(now: &ColumnProfile) -> (Vec<(Cow<'_, str>, u64)>, Untold) {
    match &now.values {
        ColumnValues::Category(categories) => {
            let named = categories.levels.iter().map(|l| (Cow::Borrowed(&*l.name), l.count));
            (named.collect(), category_profile::untold(categories))
        }
        ColumnValues::Number(numbers) => {
            let points = numbers.distribution.points().points;
            let known: u64 = points.iter().map(|p| p.upto - p.below).sum();
            let named = |p: &Point| (Cow::Owned(format!("{}", p.value + 0.0)), p.upto - p.below);
            let values = now.count - known;
            let untold = Untold { values, most: values, undercount: 0 };
            (points.iter().map(named).collect(), untold)
        }
    }
}

fn null_rates(baseline: &ColumnProfile, usable: u64, nulls: u64, comparison: &mut Comparison) {
    let before = baseline.unusable() as f64;
    let (n, m) = (before + baseline.count as f64, (usable + nulls) as f64);
    if n == 0.0 || m == 0.0 {
        return;
    }
    let (p, q) = (before / n, nulls as f64 / m);
    comparison.metrics.insert("null-rate-baseline".to_owned(), p);
    comparison.metrics.insert("null-rate-current".to_owned(), q);
    // Two proportions, one-sided, pooled variance.
    let pooled = (before + nulls as f64) / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let p_value = if deviation > 0.0 {
        erfc((q - p) / deviation / std::f64::consts::SQRT_2) / 2.0
    } else {
        1.0
    };
    comparison.null_p = Some(p_value);
}

/// Adds the distances between two sets of counts in the same bins.
pub(super) fn distances(comparison: &mut Comparison, baseline: &[u64], current: &[u64]) {
    let found = [
        ("psi", super::psi::filled(baseline, current)),
        ("jensen-shannon", super::jensen_shannon::bits(baseline, current)),
        ("total-variation", super::total_variation::distance(baseline, current)),
    ];
    for (name, value) in found {
        if let Some(value) = value {
            comparison.metrics.insert(name.to_owned(), value);
        }
    }
}
