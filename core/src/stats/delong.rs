//! How certain a ROC AUC is, and the difference between two on the same rows, without resampling
//! (DeLong, DeLong and Clarke-Pearson 1988), in O(n log n) (Sun and Xu 2014).
//!
//! The AUC is the mean over the positives of the share of negatives that score lower, ties counted
//! half; and just as well the mean over the negatives of the share of positives that score higher.
//! From how these shares vary within each class follows how the AUC does. They are kept as whole
//! numbers, twice the number of rows, so that nothing is rounded before the last divisions and the
//! order of the rows makes no difference.

use rayon::prelude::*;

use super::normal;
use super::order::sort_key;
use super::rows::Rows;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::verdict::Interval;

/// Two AUCs on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// AUC of the challenger, AUC of the champion.
    pub auc: [f64; 2],
    /// The variance of each.
    pub variance: [f64; 2],
    /// Their covariance.
    pub covariance: f64,
    /// Challenger − champion.
    pub difference: f64,
    /// Its standard error: the root of the sum of the variances less twice the covariance.
    pub standard_error: f64,
    /// Difference over standard error; 0 where both are 0.
    pub z: f64,
    /// Two-sided p-value by the normal distribution.
    pub p: f64,
}

impl Paired {
    /// Interval of the difference, `level` between 0 and 1.
    ///
    /// # Errors
    /// Another level.
    pub fn interval(&self, level: f64) -> Result<Interval, Undefined> {
        around(self.difference, self.standard_error, level)
    }
}

/// One AUC with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Single {
    /// The AUC.
    pub auc: f64,
    /// Its variance.
    pub variance: f64,
    /// The interval, which is cut at 0 and 1.
    pub interval: Interval,
}

/// Compares two models by their AUCs. `labels` are 0 or 1; all have one value a row.
///
/// Scores that put the rows in the same order have a difference of exactly 0 with a standard error
/// of 0.
///
/// # Errors
/// Rows that an AUC cannot be computed from; fewer than two of a class; a difference without any
/// spread, such as that of a perfect order and a perfectly wrong one.
pub fn paired(labels: &[f64], challenger: &[f64], champion: &[f64]) -> Result<Paired, Undefined> {
    let classes = Classes::of(labels, challenger)?;
    Classes::of(labels, champion)?;
    let (ours, theirs) =
        rayon::join(|| placements(labels, challenger), || placements(labels, champion));
    let moments = Moments::of(labels, &ours, &theirs);
    let variance = [classes.covariance(&moments, 0, 0), classes.covariance(&moments, 1, 1)];
    let covariance = classes.covariance(&moments, 0, 1);
    let sums = moments.positives.sums;
    let difference = (sums[0] as f64 - sums[1] as f64) / classes.twice_pairs();
    let difference_variance = classes.difference_variance(&moments);
    if difference_variance == 0.0 && difference != 0.0 {
        return Err(Undefined::NoSpread);
    }
    let standard_error = difference_variance.sqrt();
    let z = if difference == 0.0 { 0.0 } else { difference / standard_error };
    let auc = sums.map(|sum| sum as f64 / classes.twice_pairs());
    let p = normal::two_sided(z);
    Ok(Paired { auc, variance, covariance, difference, standard_error, z, p })
}

/// The AUC of one model with its interval. `labels` are 0 or 1; both have one value a row.
///
/// # Errors
/// Rows that an AUC cannot be computed from; fewer than two of a class; an AUC of exactly 0 or 1,
/// which shows no spread; a level that is not between 0 and 1.
pub fn interval(labels: &[f64], scores: &[f64], level: f64) -> Result<Single, Undefined> {
    let classes = Classes::of(labels, scores)?;
    let placements = placements(labels, scores);
    let moments = Moments::of(labels, &placements, &placements);
    let auc = moments.positives.sums[0] as f64 / classes.twice_pairs();
    let variance = classes.covariance(&moments, 0, 0);
    if variance == 0.0 {
        return Err(Undefined::NoSpread);
    }
    let Interval { low, high, level } = around(auc, variance.sqrt(), level)?;
    Ok(Single {
        auc,
        variance,
        interval: Interval { low: low.max(0.0), high: high.min(1.0), level },
    })
}

fn around(value: f64, standard_error: f64, level: f64) -> Result<Interval, Undefined> {
    if !(level > 0.0 && level < 1.0) {
        return Err(Undefined::Option { what: "confidence level", value: level });
    }
    let reach = normal::quantile(0.5 + level / 2.0) * standard_error;
    Ok(Interval { low: value - reach, high: value + reach, level })
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy)]
struct Classes {
    positives: usize,
    negatives: usize,
}

impl Classes {
    /// Checks the rows, and counts them.
    fn of(labels: &[f64], scores: &[f64]) -> Result<Self, Undefined> {
        Rows::new(Sample::binary(labels, scores))?.check_classes()?;
        let positives = labels.iter().filter(|label| **label == 1.0).count();
        let negatives = labels.len() - positives;
        for (class, rows) in [(0, negatives), (1, positives)] {
            if rows < 2 {
                return Err(Undefined::FewOfClass { class, rows });
            }
        }
        Ok(Self { positives, negatives })
    }

    fn twice_pairs(self) -> f64 {
        2.0 * self.positives as f64 * self.negatives as f64
    }

    /// S₁₀ / m + S₀₁ / n of models `a` and `b`, each 0 or 1.
    fn covariance(self, moments: &Moments, a: usize, b: usize) -> f64 {
        let product = |sums: &ClassMoments| match a == b {
            true => sums.squares[a],
            false => sums.products,
        };
        self.total(moments, |sums| (product(sums) as i128, sums.sums[a], sums.sums[b]))
    }

    /// The same of the differences between the models' shares: what the variances less twice the
    /// covariance are, without their rounding.
    fn difference_variance(self, moments: &Moments) -> f64 {
        self.total(moments, |sums| {
            let squares = (sums.squares[0] + sums.squares[1]) as i128 - 2 * sums.products as i128;
            let sum = sums.sums[0] - sums.sums[1];
            (squares, sum, sum)
        })
    }

    /// `of` gives Σxy, Σx and Σy of a class.
    fn total(self, moments: &Moments, of: impl Fn(&ClassMoments) -> (i128, i128, i128)) -> f64 {
        let (m, n) = (self.positives as f64, self.negatives as f64);
        let spread = |sums: &ClassMoments, rows: f64, others: f64| {
            let (xy, x, y) = of(sums);
            // Σxy − ΣxΣy/rows, exact up to here.
            let centred = (xy * rows as i128 - x * y) as f64 / rows;
            centred / (rows - 1.0) / rows / (2.0 * others).powi(2)
        };
        spread(&moments.positives, m, n) + spread(&moments.negatives, n, m)
    }
}

/// Sums of a class over twice the placements of two models.
#[derive(Debug, Clone, Copy, Default)]
struct ClassMoments {
    sums: [i128; 2],
    squares: [u128; 2],
    products: u128,
}

impl ClassMoments {
    fn add(&mut self, placements: [u32; 2]) {
        let [a, b] = placements.map(u64::from);
        for (model, placement) in [a, b].into_iter().enumerate() {
            self.sums[model] += i128::from(placement);
            self.squares[model] += u128::from(placement * placement);
        }
        self.products += u128::from(a * b);
    }

    fn plus(mut self, other: Self) -> Self {
        for model in 0..2 {
            self.sums[model] += other.sums[model];
            self.squares[model] += other.squares[model];
        }
        self.products += other.products;
        self
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    positives: ClassMoments,
    negatives: ClassMoments,
}

impl Moments {
    fn of(labels: &[f64], ours: &[u32], theirs: &[u32]) -> Self {
        const ROWS: usize = 1 << 16;
        let parts = labels.par_chunks(ROWS).zip(ours.par_chunks(ROWS).zip(theirs.par_chunks(ROWS)));
        let sums = parts.map(|(labels, (ours, theirs))| {
            let mut sums = Self::default();
            for (label, (a, b)) in labels.iter().zip(ours.iter().zip(theirs)) {
                let class = if *label == 1.0 { &mut sums.positives } else { &mut sums.negatives };
                class.add([*a, *b]);
            }
            sums
        });
        sums.reduce(Self::default, |a, b| Self {
            positives: a.positives.plus(b.positives),
            negatives: a.negatives.plus(b.negatives),
        })
    }
}

/// Of each row, twice the number of rows of the other class that it is on the right side of, ties
/// counted half. At most 2³¹ rows.
fn placements(labels: &[f64], scores: &[f64]) -> Vec<u32> {
    let mut rows: Vec<(u64, u32)> =
        scores.iter().zip(0..).map(|(score, row)| (sort_key(*score), row)).collect();
    rows.par_sort_unstable_by_key(|(key, _)| *key);
    let positives = labels.iter().filter(|label| **label == 1.0).count() as u32;
    let (mut lower_positives, mut lower_negatives) = (0, 0);
    let mut out = vec![0; labels.len()];
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let positive = |row: u32| labels[row as usize] == 1.0;
        let tied_positives = tied.iter().filter(|(_, row)| positive(*row)).count() as u32;
        let tied_negatives = tied.len() as u32 - tied_positives;
        let higher_positives = positives - lower_positives - tied_positives;
        for (_, row) in tied {
            out[*row as usize] = match positive(*row) {
                true => 2 * lower_negatives + tied_negatives,
                false => 2 * higher_positives + tied_positives,
            };
        }
        lower_positives += tied_positives;
        lower_negatives += tied_negatives;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn close(found: f64, reference: &Value, what: &str) {
        let reference = reference.as_f64().expect("a number");
        let error = (found - reference).abs();
        assert!(error <= 1e-9 * reference.abs() + 1e-15, "{what}: {found} but {reference}");
    }

    fn file(name: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
        std::fs::read_to_string(path).expect("the fixture is there")
    }

    /// Labels, the challenger's scores, the champion's.
    fn rows(case: &Value) -> [Vec<f64>; 3] {
        if let Some(rows) = case.get("rows") {
            return [0, 1, 2].map(|i| {
                let column = rows[i].as_array().expect("a column");
                column.iter().map(|n| n.as_f64().expect("a number")).collect()
            });
        }
        let text = file("eval/binary.csv");
        let column = |i: usize| {
            let field = |line: &str| line.split(',').nth(i).and_then(|f| f.parse().ok());
            text.lines().skip(1).filter_map(field).collect()
        };
        [column(0), column(2), column(1)]
    }

    #[test]
    fn it_agrees_with_the_definition_over_all_pairs() {
        let cases: Value = serde_json::from_str(&file("delong/expected.json")).expect("is JSON");
        for (name, case) in cases.as_object().expect("cases") {
            let [labels, challenger, champion] = rows(case);
            let found = paired(&labels, &challenger, &champion).expect("two classes");
            for model in [0, 1] {
                close(found.auc[model], &case["auc"][model], name);
                close(found.variance[model], &case["variance"][model], name);
            }
            close(found.covariance, &case["covariance"], name);
            close(found.difference, &case["difference"], name);
            close(found.standard_error, &case["standard-error"], name);
            close(found.z, &case["z"], name);
            close(found.p, &case["p"], name);
            for (level, reference) in case["interval"].as_object().expect("levels") {
                let level: f64 = level.parse().expect("a level");
                let Interval { low, high, .. } = found.interval(level).expect("a level");
                close(low, &reference[0], name);
                close(high, &reference[1], name);
                let single = interval(&labels, &challenger, level).expect("two classes").interval;
                let reference = &case["challenger"][level.to_string()];
                close(single.low, &reference[0], name);
                if reference[1].as_f64() < Some(1.0) {
                    close(single.high, &reference[1], name);
                } else {
                    assert_eq!(single.high, 1.0);
                }
            }
        }
    }

    /// From `MLstatkit` and `confidenceinterval` on the same file; their digits end at about the
    /// sixth, because they round scores to 32 bits or the quantile to 1.96.
    #[test]
    fn it_agrees_with_python_packages() {
        let [labels, challenger, champion] = rows(&Value::Null);
        let found = paired(&labels, &challenger, &champion).expect("two classes");
        assert!((found.z - 1.1672779668449886).abs() < 1e-9);
        assert!((found.p - 0.24309813354341425).abs() < 1e-9);
        let single = interval(&labels, &champion, 0.95).expect("two classes").interval;
        assert!((single.low - 0.9558874137530328).abs() < 1e-6);
        assert!((single.high - 0.9876760475506782).abs() < 1e-6);
    }

    #[test]
    fn what_shows_no_spread_is_not_certain() {
        let labels = [0.0, 0.0, 1.0, 1.0];
        let (right, wrong) = ([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]);
        assert_eq!(paired(&labels, &right, &wrong), Err(Undefined::NoSpread));
        assert_eq!(interval(&labels, &right, 0.95), Err(Undefined::NoSpread));
        let same = paired(&labels, &right, &right).expect("no difference");
        assert_eq!((same.difference, same.standard_error, same.z, same.p), (0.0, 0.0, 0.0, 1.0));
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let scores = [0.1, 0.2, 0.3];
        let few = Err(Undefined::FewOfClass { class: 1, rows: 1 });
        assert_eq!(paired(&[0.0, 0.0, 1.0], &scores, &scores), few);
        let one = Err(Undefined::OneClass { class: 0 });
        assert_eq!(paired(&[0.0; 3], &scores, &scores), one);
        assert!(paired(&[], &[], &[]).is_err());
        assert!(paired(&[0.0, 0.0, 1.0, 1.0], &[0.1, f64::NAN, 0.2, 0.3], &[0.0; 4]).is_err());
        assert!(paired(&[0.0, 0.0, 1.0, 1.0], &[0.1; 4], &[0.1; 3]).is_err());
        assert!(interval(&[0.0, 1.0, 0.0, 1.0], &[0.1, 0.2, 0.3, 0.4], 1.0).is_err());
    }

    proptest! {
        #[test]
        fn swapping_the_models_turns_the_sign_and_row_order_makes_no_difference(
            mut rows in prop::collection::vec((any::<bool>(), 0..20u8, 0..200u8), 4..60),
            by in 0usize..60,
        ) {
            let compared = |rows: &[(bool, u8, u8)], swapped: bool| {
                let labels: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
                let a: Vec<f64> = rows.iter().map(|r| f64::from(r.1) - 10.0).collect();
                let b: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
                if swapped { paired(&labels, &b, &a) } else { paired(&labels, &a, &b) }
            };
            let before = compared(&rows, false);
            if let (Ok(found), Ok(swapped)) = (&before, &compared(&rows, true)) {
                prop_assert_eq!(found.difference, -swapped.difference);
                prop_assert_eq!(found.standard_error, swapped.standard_error);
                prop_assert_eq!(found.p, swapped.p);
                prop_assert!(found.variance.iter().all(|v| *v >= 0.0));
            }
            let by = by % rows.len();
            rows.rotate_left(by);
            prop_assert_eq!(compared(&rows, false), before);
        }
    }
}
