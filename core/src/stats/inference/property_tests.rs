//! What must hold for any numbers.

use proptest::prelude::*;

use super::mcnemar::{Disagreements, corrected, exact};
use super::paired_shares::bonett_price;
use super::paired_t::PairedT;
use super::permutation::{Options, sign_flip};
use super::proportion::{clopper_pearson, wilson};
use super::wilcoxon::signed_rank;
use super::{Alternative, Untested, multiple, power, sequential};
use crate::domain::verdict::Interval;

/// Differences of which some are equal and some are 0.
fn differences() -> impl Strategy<Value = Vec<f64>> {
    let one = prop_oneof![3 => -1e3..1e3f64, 2 => (-5i32..5).prop_map(f64::from), 1 => -1e-9..1e-9];
    proptest::collection::vec(one, 1..80)
}

fn trials() -> impl Strategy<Value = (u64, u64)> {
    (1u64..3_000_000).prop_flat_map(|n| (0..=n, Just(n)))
}

fn permuted(differences: &[f64], alternative: Alternative) -> Result<f64, Untested> {
    let options = Options { permutations: 99, seed: 3, alternative };
    sign_flip(differences, &options).map(|test| test.p_value)
}

fn all_p(differences: &[f64], alternative: Alternative) -> [Result<f64, Untested>; 2] {
    [
        PairedT::new(differences).map(|t| t.test(alternative).p_value),
        signed_rank(differences, alternative).map(|test| test.p_value),
    ]
}

fn inside(interval: Interval, value: f64) -> bool {
    interval.low <= value && value <= interval.high
}

fn holds(wide: Interval, narrow: Interval) -> bool {
    let slack = 1e-12;
    wide.low <= narrow.low + slack && wide.high >= narrow.high - slack
}

proptest! {
    #[test]
    fn p_values_are_probabilities_and_the_models_may_be_swapped(d in differences()) {
        let swapped: Vec<f64> = d.iter().map(|d| -d).collect();
        let one = all_p(&d, Alternative::TwoSided);
        let other = all_p(&swapped, Alternative::TwoSided);
        for (one, other) in one.iter().zip(&other) {
            match (one, other) {
                (Ok(one), Ok(other)) => {
                    prop_assert!((0.0..=1.0).contains(one));
                    prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
                }
                _ => prop_assert!(one.is_err() && other.is_err()),
            }
        }
        let greater = all_p(&d, Alternative::Greater);
        let less = all_p(&swapped, Alternative::Less);
        for (greater, less) in greater.iter().zip(&less) {
            if let (Ok(greater), Ok(less)) = (greater, less) {
                prop_assert!((greater - less).abs() < 1e-9, "{greater} {less}");
            }
        }
        let p = permuted(&d, Alternative::TwoSided);
        prop_assert!(p.is_ok_and(|p| p > 0.0 && p <= 1.0));
        prop_assert_eq!(permuted(&d, Alternative::Greater), permuted(&swapped, Alternative::Less));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(mut d in differences(), by in 0usize..80) {
        let before = all_p(&d, Alternative::TwoSided);
        let by = by % d.len();
        d.rotate_left(by);
        for (before, after) in before.iter().zip(all_p(&d, Alternative::TwoSided)) {
            match (before, after) {
                (Ok(before), Ok(after)) => prop_assert!((before - after).abs() < 1e-9),
                (before, after) => prop_assert!(before.is_err() && after.is_err()),
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_refused(mut d in differences(), at in 0usize..80) {
        let at = at % d.len();
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            d[at] = value;
            prop_assert!(all_p(&d, Alternative::TwoSided).iter().all(Result::is_err));
            prop_assert!(permuted(&d, Alternative::TwoSided).is_err());
        }
    }

    #[test]
    fn mcnemar_does_not_mind_which_model_is_which(a in 0u64..200_000, b in 0u64..200_000) {
        let rows = Disagreements { challenger: a, champion: b };
        let swapped = Disagreements { challenger: b, champion: a };
        for test in [exact, corrected] {
            let p = test(rows).p_value;
            prop_assert!((0.0..=1.0).contains(&p), "{p}");
            prop_assert_eq!(p, test(swapped).p_value);
        }
    }

    #[test]
    fn a_difference_of_shares_lies_in_its_interval_and_turns_with_the_models(
        (a, b, same) in (0u64..2000, 0u64..2000, 1u64..100_000),
        levels in (0.01..0.999f64, 0.01..0.999f64),
    ) {
        let (low, high) = (levels.0.min(levels.1), levels.0.max(levels.1));
        let of = |challenger, champion, level| {
            bonett_price(Disagreements { challenger, champion }, a + b + same, level)
        };
        let answers = (of(a, b, low), of(a, b, high), of(b, a, high));
        let (Ok(narrow), Ok(wide), Ok(turned)) = answers else {
            return Err(TestCaseError::fail("no interval"));
        };
        prop_assert!(inside(wide.interval, wide.difference) || high < 0.9, "{wide:?}");
        prop_assert!(holds(wide.interval, narrow.interval));
        prop_assert_eq!(wide.difference, -turned.difference);
        prop_assert!((wide.interval.low + turned.interval.high).abs() < 1e-12);
    }

    #[test]
    fn shares_lie_in_their_intervals_which_grow_with_the_level(
        (k, n) in trials(),
        levels in (0.01..0.999f64, 0.01..0.999f64),
    ) {
        let share = k as f64 / n as f64;
        let (low, high) = (levels.0.min(levels.1), levels.0.max(levels.1));
        for method in [wilson, clopper_pearson, sequential::share] {
            let (Ok(narrow), Ok(wide)) = (method(k, n, low), method(k, n, high)) else {
                return Err(TestCaseError::fail("no interval"));
            };
            prop_assert!(inside(narrow, share), "{narrow:?} {share}");
            prop_assert!(narrow.low >= 0.0 && wide.high <= 1.0);
            prop_assert!(holds(wide, narrow), "{wide:?} {narrow:?}");
        }
        // Who may look at any time pays for it.
        let (any, once) = (sequential::share(k, n, high), clopper_pearson(k, n, high));
        prop_assert!(any.is_ok_and(|any| once.is_ok_and(|once| holds(any, once))));
    }

    #[test]
    fn the_mean_lies_in_its_interval(d in differences(), levels in (0.01..0.999f64, 0.01..0.999f64)) {
        let (low, high) = (levels.0.min(levels.1), levels.0.max(levels.1));
        if let Ok(t) = PairedT::new(&d) {
            let (Ok(narrow), Ok(wide)) = (t.interval(low), t.interval(high)) else {
                return Err(TestCaseError::fail("no interval"));
            };
            prop_assert!(inside(narrow, t.mean));
            prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        }
        let (sum, range) = (d.iter().sum::<f64>(), (-1e3, 1e3));
        let any = sequential::mean(sum, d.len() as u64, range, 100, high);
        prop_assert!(any.is_ok_and(|any| inside(any, sum / d.len() as f64)));
    }

    #[test]
    fn adjusted_p_values_are_never_smaller(p in proptest::collection::vec(proptest::option::of(0.0..=1.0f64), 0..40)) {
        let (holm, bh) = (multiple::holm(&p), multiple::benjamini_hochberg(&p));
        let significant = multiple::significant(&p, 0.05);
        for i in 0..p.len() {
            prop_assert_eq!(p[i].is_some(), holm[i].is_some());
            if let (Some(raw), Some(holm), Some(bh)) = (p[i], holm[i], bh[i]) {
                prop_assert!(raw <= bh && bh <= holm + 1e-12 && holm <= 1.0, "{raw} {bh} {holm}");
                prop_assert!(significant[i] == (holm <= 0.05) || (holm - 0.05).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn more_rows_and_larger_differences_are_seen_sooner(
        error in 1e-6..1e3f64,
        difference in 1e-6..1e3f64,
        level in 0.5..0.999f64,
    ) {
        let smallest = power::smallest_difference(error, level, power::USUAL);
        prop_assert!((power::power(error, smallest, level) - power::USUAL).abs() < 1e-9);
        let rows = power::rows_needed(100, error, difference, level, power::USUAL);
        let fewer = power::rows_needed(100, error, 2.0 * difference, level, power::USUAL);
        prop_assert!((rows / fewer - 4.0).abs() < 1e-9);
    }
}
