//! Pairs of samples of one population of many names, and of others.

use std::collections::HashMap;

use proptest::prelude::*;

use super::bound::ln_at_least;
use super::*;
use crate::stats::drift::chi_squared;
use crate::stats::generator::Generator;
use crate::stats::sketch::levels::LevelSketch;

/// Draws ranks with a chance of rank^−exponent.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(names: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let steps = (1..=names).map(|rank| {
            sum += (rank as f64).powf(-exponent);
            sum
        });
        Self(steps.collect())
    }

    fn sample(&self, rows: usize, generator: &mut Generator) -> HashMap<String, u64> {
        let all = self.0.last().copied().unwrap_or_default();
        let mut counts = HashMap::new();
        for _ in 0..rows {
            let at = generator.unit() * all;
            let rank = self.0.partition_point(|step| *step <= at);
            *counts.entry(format!("n{rank}")).or_insert(0) += 1;
        }
        counts
    }
}

fn counts(sample: &HashMap<String, u64>) -> impl Iterator<Item = (&str, u64)> {
    sample.iter().map(|(name, count)| (name.as_str(), *count))
}

/// The p-values of the shape and of what is new, with the share of what is new.
fn found(levels: &Levels<'_>) -> (f64, f64, f64) {
    let shape = levels.counted().and_then(|c| {
        assert_eq!(c.baseline.iter().sum::<u64>(), levels.totals().0);
        chi_squared::two_samples(&c.baseline, &c.current, false)
    });
    let novelty = levels.novelty().expect("values");
    (shape.map_or(1.0, |t| t.p_value), novelty.p_value, novelty.share)
}

/// The same where a profile stands in for either side or both.
fn kept(
    before: &HashMap<String, u64>,
    now: &HashMap<String, u64>,
    sides: (bool, bool),
) -> (f64, f64, f64) {
    let kept = |sample: &HashMap<String, u64>| {
        let mut sketch = LevelSketch::default();
        let mut sorted: Vec<_> = counts(sample).collect();
        sorted.sort_unstable();
        sorted.into_iter().for_each(|(name, count)| sketch.add(name, count));
        sketch.finish().0
    };
    let (a, b) = (kept(before), kept(now));
    let named = |p: &'_ crate::domain::profile::CategoryProfile| -> Vec<(String, u64)> {
        p.levels.iter().map(|l| (l.name.clone(), l.count)).collect()
    };
    let all = |sample: &HashMap<String, u64>| -> Vec<(String, u64)> {
        counts(sample).map(|(n, c)| (n.to_owned(), c)).collect()
    };
    let untold = super::super::category_profile::untold;
    let (x, u) = if sides.0 { (named(&a), untold(&a)) } else { (all(before), Untold::default()) };
    let (y, v) = if sides.1 { (named(&b), untold(&b)) } else { (all(now), Untold::default()) };
    let of = |side: &'_ [(String, u64)]| -> Vec<(String, u64)> { side.to_vec() };
    let (x, y) = (of(&x), of(&y));
    let levels = Levels::of(
        x.iter().map(|(n, c)| (n.as_str(), *c)),
        y.iter().map(|(n, c)| (n.as_str(), *c)),
        (u, v),
    );
    let shape =
        levels.counted().and_then(|c| chi_squared::two_samples(&c.baseline, &c.current, false));
    let novelty = levels.novelty().expect("values");
    (shape.map_or(1.0, |t| t.p_value), novelty.p_value, novelty.share)
}

/// Names, exponent and rows of a side.
const POPULATIONS: [(usize, f64, usize); 6] = [
    (300, 0.0, 1000),
    (1000, 0.0, 3000),
    (5000, 0.0, 3000),
    (5000, 1.1, 20_000),
    (20_000, 1.3, 20_000),
    (2000, 0.8, 30_000),
];

#[test]
fn two_samples_of_one_population_of_many_names_are_alike() {
    let (mut shapes, mut news, mut shares) = (0, 0, 0.0f64);
    for (i, (names, exponent, rows)) in POPULATIONS.into_iter().enumerate() {
        let zipf = Zipf::new(names, exponent);
        for run in 0..10 {
            let mut generator = Generator::new(i as u64, run);
            let before = zipf.sample(rows, &mut generator);
            let now = zipf.sample(rows / (1 + run as usize % 3), &mut generator);
            let exact = Levels::of(counts(&before), counts(&now), Default::default());
            assert_eq!(exact.lost(), [""; 0]);
            let mut all = vec![found(&exact)];
            for sides in [(true, false), (false, true), (true, true)] {
                all.push(kept(&before, &now, sides));
            }
            for (shape, new, share) in all {
                shapes += u32::from(shape < 0.01);
                news += u32::from(new < 0.01);
                shares = shares.max(if new < 0.01 { share } else { 0.0 });
            }
        }
    }
    // Of 240 comparisons, four of each pair, some two to three at one in a hundred.
    assert!(shapes <= 8 && news <= 2, "{shapes} shapes, {news} new, {shares}");
}

#[test]
fn what_changed_among_many_names_is_seen() {
    let zipf = Zipf::new(5000, 1.1);
    let mut generator = Generator::new(1, 2);
    let before = zipf.sample(20_000, &mut generator);
    // A fifth of the rows in names that were frequent neither before nor at all.
    let moved = |name: &dyn Fn(u64) -> String| {
        let mut now = zipf.sample(16_000, &mut Generator::new(1, 3));
        (0..4000).for_each(|i| *now.entry(name(i)).or_insert(0) += 1);
        now
    };
    let one = moved(&|_| "n900".to_owned());
    let new = moved(&|i| format!("new {}", i % 10));
    let singles = moved(&|i| format!("new {i}"));
    for sides in [(false, false), (true, false), (true, true)] {
        assert!(kept(&before, &one, sides).0 < 1e-9, "{sides:?}");
        let (_, p, share) = kept(&before, &new, sides);
        assert!(p < 1e-9 && (0.1..0.25).contains(&share), "{sides:?} {p} {share}");
        let (_, p, share) = kept(&before, &singles, sides);
        assert!(p < 1e-9 && (0.05..0.25).contains(&share), "{sides:?} {p} {share}");
    }
}

#[test]
fn names_that_a_profile_cannot_have_left_out_are_new() {
    let before: HashMap<String, u64> = (0..100_000).map(|i| (format!("id-{i}"), 1)).collect();
    for rows in [200, 1000, 100_000] {
        let now = (0..10).map(|i| (format!("new-{i}"), rows / 10)).collect();
        let (_, p, share) = kept(&before, &now, (true, false));
        assert!(p < 1e-9 && share > 0.9, "{rows}: {p} {share}");
    }
    let others = (0..100_000).map(|i| (format!("other-{i}"), 1)).collect();
    let (shape, p, _) = kept(&before, &others, (true, false));
    assert!(shape > 0.01 && p > 0.01, "names that come once each tell nothing: {shape} {p}");
}

proptest! {
    #[test]
    fn bounds_are_above_the_chance(trials in 1u64..60, share in 0.05..0.95f64, at in 0.0..1.0f64) {
        let hits = (at * (trials + 1) as f64) as u64;
        let mut chance = 0.0;
        for k in hits..=trials {
            let ways: f64 = (0..k).map(|i| (trials - i) as f64 / (k - i) as f64).product();
            chance += ways * share.powf(k as f64) * (1.0 - share).powf((trials - k) as f64);
        }
        let bound = ln_at_least(hits as f64, trials as f64, share).exp();
        prop_assert!(bound >= chance - 1e-9 && bound <= 1.0, "{bound} {chance}");
    }

    #[test]
    fn levels_are_picked_alike_from_either_side(
        pairs in proptest::collection::vec((0u64..200, 0u64..200), 1..80)
    ) {
        let names: Vec<String> = (0..pairs.len()).map(|i| format!("n{i:02}")).collect();
        let side = |pick: fn(&(u64, u64)) -> u64| {
            names.iter().map(String::as_str).zip(pairs.iter().map(pick))
        };
        let there = Levels::of(side(|p| p.0), side(|p| p.1), Default::default());
        let back = Levels::of(side(|p| p.1), side(|p| p.0), Default::default());
        match (there.counted(), back.counted()) {
            (Some(there), Some(back)) => {
                prop_assert_eq!(&there.names, &back.names);
                prop_assert_eq!((there.baseline, there.current), (back.current, back.baseline));
            }
            (there, back) => prop_assert_eq!(there, back),
        }
        if let Some(novelty) = there.novelty() {
            prop_assert!((0.0..=1.0).contains(&novelty.share));
            prop_assert!((0.0..=1.0).contains(&novelty.p_value));
        }
    }
}
