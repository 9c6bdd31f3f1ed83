use proptest::prelude::*;

use super::super::numeric::by_sorting;
use super::compare;
use crate::stats::generator::Generator;

/// False where the quick way gave no answer.
fn agree(a: &[f64], b: &[f64]) -> bool {
    let (Some(quick), Some(plain)) = (compare(a, b), by_sorting(a, b)) else { return false };
    let near = |x: f64, y: f64| (x - y).abs() <= 1e-12 * y.abs() + f64::MIN_POSITIVE;
    assert_eq!((quick.counts, quick.missing), (plain.counts, plain.missing));
    assert!(near(quick.ks, plain.ks), "{} {}", quick.ks, plain.ks);
    let (w, exact) = (quick.wasserstein, plain.wasserstein);
    assert!(near(w, exact), "{w:e} {exact:e}");
    assert!((quick.mean - plain.mean).abs() <= 1e-12 * (plain.mean.abs() + plain.std));
    assert!((quick.std - plain.std).abs() <= 1e-9 * plain.std, "{} {}", quick.std, plain.std);
    assert_eq!(quick.outside, plain.outside);
    assert_eq!(quick.groups, plain.groups);
    let drawn = quick.drawn.expect("bars");
    assert!((drawn.baseline.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    true
}

fn values(kind: usize, seed: u64, rows: usize) -> Vec<f64> {
    let mut random = Generator::new(seed, kind as u64);
    (0..rows)
        .map(|i| {
            let (u, normal) = (random.unit(), random.normal());
            match kind {
                0 => normal,
                1 => (2.0 * normal).exp(),
                2 => u * u,
                3 if u < 0.7 => 0.0,
                3 => normal.abs(),
                4 => (normal * 50.0).round(),
                5 => 1e15 + normal * 1e12,
                6 if i % 97 == 0 => f64::NAN,
                6 if i % 89 == 0 => 1e9 * normal,
                6 => normal,
                7 => (u * 5000.0).floor() / 10.0,
                _ => (normal * 3.0).tan(),
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn buckets_give_what_sorting_gives(
        kind in 0usize..9, seed in 0u64..1000, n in 1usize..6000, m in 1usize..6000,
        shift in prop_oneof![Just(0.0), -1.0..1.0f64], scale in prop_oneof![Just(1.0), 0.5..2.0f64],
    ) {
        let a = values(kind, seed, n);
        let b: Vec<f64> =
            values(kind, seed + 1, m).iter().map(|x| x * scale + shift).collect();
        agree(&a, &b);
        agree(&a, &a);
    }
}

#[test]
fn ties_constants_and_extremes_agree() {
    let steps: Vec<f64> = (0..5000).map(|i| f64::from(i % 700) / 7.0).collect();
    let tied: Vec<f64> = (0..5000).map(|i| if i % 2 == 0 { 3.0 } else { f64::from(i) }).collect();
    let huge: Vec<f64> = (0..5000).map(|i| f64::from(i - 2500) * 1e300).collect();
    let zeros: Vec<f64> = (0..5000).map(|i| if i % 2 == 0 { -0.0 } else { 0.0 }).collect();
    let few: Vec<f64> = (0..9000).map(|i| f64::from(i % 7)).collect();
    let rich = values(0, 1, 12_000);
    assert_eq!(super::super::numeric::compare(&few, &rich), by_sorting(&few, &rich));
    let all = [&steps, &tied, &huge, &zeros, &vec![7.5; 5000]];
    for kind in 0..9 {
        let (a, b) = (values(kind, 1, 5000), values(kind, 2, 4000));
        assert!(agree(&a, &b), "{kind}: the quick way gave no answer");
    }
    for a in all {
        for b in all.iter().filter(|b| !std::ptr::eq(**b, &huge) || std::ptr::eq(a, &huge)) {
            agree(a, b);
        }
    }
}
