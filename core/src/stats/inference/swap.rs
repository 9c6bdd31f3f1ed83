//! The paired permutation test of any metric: when two models are alike, it makes no difference which of
//! them gave which of a row's two answers. The answers are swapped row by row, and both models are
//! measured again (Fisher 1935; Welch 1990 for statistics that are no means).

use rayon::prelude::*;

use super::permutation::{Options, Tails};
use super::test::Test;
use crate::stats::bootstrap::Options as Resampling;
use crate::stats::generator::Generator;
use crate::stats::{Measure, Metric, Sample, Undefined, decimal};

/// The test of the difference challenger − champion of `metric`; both samples are of the same rows, and
/// whole `groups` of rows are swapped where rows belong together. The statistic is the difference. All
/// swaps are tried when there are no more than `options.permutations`, and the p-value is exact; else
/// the measured difference counts as one of the random ones. Swaps after which the metric has no value
/// count as if they were at least as extreme.
///
/// What is tested is that the models are exchangeable. It says nothing of a margin: a challenger that is
/// worse by one is not exchangeable.
///
/// # Errors
/// Rows that the metric cannot use, groups or probabilities that do not fit, too few permutations.
pub fn swapped(
    metric: Metric,
    challenger: Sample<'_>,
    champion: Sample<'_>,
    groups: Option<&[u32]>,
    options: &Options,
) -> Result<Test, Undefined> {
    let rows = challenger.rows();
    if champion.rows() != rows {
        return Err(Undefined::Lengths { labels: rows, scores: champion.rows() });
    }
    if options.permutations < 99 {
        let value = options.permutations as f64;
        return Err(Undefined::Option { what: "number of permutations", value });
    }
    let value = |sample| Measure::new(metric, sample)?.value();
    let (ours, theirs) = (value(challenger)?, value(champion)?);
    let units = Units::new(rows, groups)?;
    let both = Both { metric, challenger, champion };
    let measured = decimal::difference(ours, theirs);
    // Differences that differ by rounding alone are the same.
    let near = 1e-12 * (ours.abs() + theirs.abs()).max(1e-3);
    let counted = |difference: Option<f64>| Tails {
        above: u64::from(difference.is_none_or(|d| d >= measured - near)),
        below: u64::from(difference.is_none_or(|d| d <= measured + near)),
    };
    let every = u32::try_from(units.count).ok().and_then(|units| 1u64.checked_shl(units));
    let p_value = match every.filter(|every| *every <= options.permutations as u64) {
        Some(every) => {
            let tails = Tails::of(every, |number| counted(both.swapped(&units, |_| number)));
            tails.p_value(every, 0, options.alternative)
        }
        None => {
            let random = options.permutations as u64;
            let tails = Tails::of(random, |number| {
                let mut generator = Generator::new(options.seed, number);
                counted(both.swapped(&units, |_| generator.bits()))
            });
            tails.p_value(random, 1, options.alternative)
        }
    };
    Ok(Test { statistic: measured, p_value })
}

/// What is swapped together.
struct Units {
    /// The unit of each row; none: each row is one.
    of_row: Option<Vec<u32>>,
    count: usize,
}

impl Units {
    fn new(rows: usize, groups: Option<&[u32]>) -> Result<Self, Undefined> {
        let Some(groups) = groups else { return Ok(Self { of_row: None, count: rows }) };
        Resampling { clusters: Some(groups), ..Resampling::default() }.check(rows)?;
        let mut names = groups.to_vec();
        names.par_sort_unstable();
        names.dedup();
        let unit = |name: &u32| names.partition_point(|known| known < name) as u32;
        Ok(Self { of_row: Some(groups.iter().map(unit).collect()), count: names.len() })
    }

    /// Whether each row is swapped; `word` gives the bits of 64 units each.
    fn swaps(&self, rows: usize, mut word: impl FnMut(usize) -> u64) -> Vec<bool> {
        let words: Vec<u64> = (0..self.count.div_ceil(64)).map(&mut word).collect();
        let swap = |unit: usize| words[unit / 64] >> (unit % 64) & 1 == 1;
        match &self.of_row {
            None => (0..rows).map(swap).collect(),
            Some(of_row) => of_row.iter().map(|unit| swap(*unit as usize)).collect(),
        }
    }
}

/// Two models' answers to the same rows.
struct Both<'a> {
    metric: Metric,
    challenger: Sample<'a>,
    champion: Sample<'a>,
}

impl Both<'_> {
    /// The difference after swapping, where both have a value.
    fn swapped(&self, units: &Units, word: impl FnMut(usize) -> u64) -> Option<f64> {
        let swaps = units.swaps(self.challenger.rows(), word);
        let (ours, theirs) = swap(self.challenger.scores, self.champion.scores, &swaps, 1);
        let probabilities = self.challenger.probabilities.zip(self.champion.probabilities);
        let classes = self.challenger.classes;
        let probabilities = probabilities.map(|(a, b)| swap(a, b, &swaps, classes));
        let (of_ours, of_theirs) = probabilities.as_ref().map(|(a, b)| (&**a, &**b)).unzip();
        let value = |scores, probabilities| {
            let sample = Sample { scores, probabilities, ..self.challenger };
            Measure::new(self.metric, sample).and_then(|measure| measure.value()).ok()
        };
        Some(decimal::difference(value(&ours, of_ours)?, value(&theirs, of_theirs)?))
    }
}

/// Both columns, which have `width` numbers a row, with the rows swapped that are to be.
fn swap(a: &[f64], b: &[f64], swaps: &[bool], width: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    for (row, swap) in swaps.iter().enumerate() {
        if *swap {
            let range = row * width..(row + 1) * width;
            a[range.clone()].swap_with_slice(&mut b[range]);
        }
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::stats::inference::Alternative;

    const SIDES: [(&str, Alternative); 3] = [
        ("two-sided", Alternative::TwoSided),
        ("greater", Alternative::Greater),
        ("less", Alternative::Less),
    ];

    /// All swaps of ten rows or so: the p-values are whole numbers of 2ⁿ, and so the same.
    #[test]
    fn it_agrees_with_scipy() {
        let text = include_str!("../../../testdata/permutation/expected.json");
        let expected: Value = serde_json::from_str(text).expect("is JSON");
        let column = |value: &Value| -> Vec<f64> {
            value.as_array().expect("a list").iter().filter_map(Value::as_f64).collect()
        };
        for task in ["binary", "regression"] {
            let case = &expected[task];
            let [labels, ours, theirs] =
                ["labels", "challenger", "champion"].map(|name| column(&case[name]));
            let sample = |scores| match task {
                "binary" => Sample::binary(&labels, scores),
                _ => Sample::regression(&labels, scores),
            };
            for (name, found) in case["metrics"].as_object().expect("metrics") {
                let metric: Metric = name.parse().expect("a metric");
                for (side, alternative) in SIDES {
                    let options = Options { alternative, ..Options::default() };
                    let test = swapped(metric, sample(&ours), sample(&theirs), None, &options);
                    let Test { statistic, p_value } = test.expect("a test");
                    let close = |a: f64, b: &Value| (a - b.as_f64().expect("one")).abs() < 1e-12;
                    assert!(close(statistic, &found["statistic"]), "{name}: {statistic}");
                    assert!(close(p_value, &found[side]), "{name} {side}: {p_value}");
                }
            }
        }
    }

    /// Models that are alike: at 5 %, about one in twenty is told apart. 400 tries have a standard error
    /// of 1.1 %.
    #[test]
    fn alike_models_are_told_apart_as_often_as_is_nominal() {
        let (rows, tries) = (60, 400);
        let rejected = |number: &u64| {
            let mut chance = Generator::new(5, *number);
            let labels: Vec<f64> = (0..rows).map(|_| f64::from(chance.unit() < 0.4)).collect();
            let mut scores = || -> Vec<f64> {
                labels.iter().map(|label| label + 1.5 * chance.normal()).collect()
            };
            let (ours, theirs) = (scores(), scores());
            let options = Options { permutations: 199, seed: *number, ..Options::default() };
            let [ours, theirs] = [&ours, &theirs].map(|scores| Sample::binary(&labels, scores));
            let test = swapped(Metric::ROC_AUC, ours, theirs, None, &options);
            test.is_ok_and(|test| test.p_value <= 0.05)
        };
        let share = (0..tries).filter(rejected).count() as f64 / tries as f64;
        assert!((0.015..0.085).contains(&share), "{share}");
    }

    #[test]
    fn whole_groups_are_swapped_and_what_cannot_be_tested_says_why() {
        let labels: Vec<f64> = (0..12).map(|row| f64::from(row % 2)).collect();
        let ours: Vec<f64> = labels.iter().map(|label| 0.2 + 0.6 * label).collect();
        let theirs = vec![0.5; 12];
        let [a, b] = [&ours, &theirs].map(|scores| Sample::binary(&labels, scores));
        let options = Options::default();
        let p = |groups: Option<&[u32]>| {
            swapped(Metric::BRIER, a, b, groups, &options).map(|test| test.p_value)
        };
        // The measured order and its mirror image are the most extreme of 2¹² and of 2³.
        assert_eq!(p(None), Ok(2.0 / 4096.0));
        let groups: Vec<u32> = (0..12).map(|row| row / 4).collect();
        assert_eq!(p(Some(&groups)), Ok(2.0 / 8.0));
        assert_eq!(p(Some(&groups[1..])), Err(Undefined::Clusters { rows: 12, clusters: 11 }));
        let few = Options { permutations: 20, ..options };
        assert!(matches!(
            swapped(Metric::BRIER, a, b, None, &few),
            Err(Undefined::Option { what: "number of permutations", .. })
        ));
    }
}
