use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::super::names::keep_names;
use super::super::profile::{ProfileOptions, profile};
use super::super::rare::drop_rare;
use super::super::table::{Categories, Column, NULL, Table, Values};
use super::*;
use crate::domain::profile::{CategoryProfile, ColumnRole, NumberProfile};

fn table(numbers: &[f64], texts: &[Option<String>]) -> Table {
    let columns = vec![
        Column { name: "x".into(), values: Values::Number(numbers.to_vec()) },
        Column { name: "c".into(), values: Values::Category(Categories::of(texts.to_vec())) },
    ];
    Table { columns, rows: numbers.len(), source: "rows".into(), ..Table::default() }
}

fn of(numbers: &[f64], texts: &[Option<String>]) -> Profile {
    profile(&table(numbers, texts), &ProfileOptions::default()).expect("profile")
}

fn named(profile: Profile) -> Named {
    Named { source: "part".into(), profile }
}

fn numbers(profile: &Profile) -> &NumberProfile {
    match &profile.column("x").expect("column").values {
        ColumnValues::Number(numbers) => numbers,
        ColumnValues::Category(_) => panic!("categories"),
    }
}

/// Everything but the points of the distribution.
fn without_points(profile: &Profile) -> Profile {
    let mut bare = profile.clone();
    for column in &mut bare.columns {
        if let ColumnValues::Number(numbers) = &mut column.values {
            numbers.distribution = crate::domain::profile::Distribution::of(Default::default());
        }
    }
    bare
}

fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<Option<String>>)> {
    let number = prop_oneof![
        6 => -1e6..1e6f64,
        2 => (-5i32..5).prop_map(f64::from),
        1 => prop_oneof![Just(NULL), Just(f64::NAN), Just(f64::INFINITY), Just(-0.0)],
    ];
    let text = prop_oneof![
        1 => Just(None),
        6 => "[a-c]{1,2}".prop_map(Some),
        1 => "[TFtrue]{4}".prop_map(Some),
    ];
    prop::collection::vec((number, text), 1..900).prop_map(|rows| rows.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the rows are cut, and in whatever order the parts come: counts, sums, extremes,
    /// distinct values and levels are those of one reading, to the bit; so is the distribution
    /// where every value is known.
    #[test]
    fn merging_is_one_reading((x, c) in rows(), cuts in prop::collection::vec(0usize..900, 0..6)) {
        let whole = of(&x, &c);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % x.len()).collect();
        cuts.extend([0, x.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        let part = |w: &[usize]| named(of(&x[w[0]..w[1]], &c[w[0]..w[1]]));
        let mut parts: Vec<Named> = cuts.windows(2).map(part).collect();
        parts.reverse();
        let merged = merge(&parts).expect("merges");
        merged.check().expect("sound");
        prop_assert_eq!(without_points(&merged), without_points(&whole));
        let (one, other) = (&numbers(&whole).distribution, &numbers(&merged).distribution);
        if whole.column("x").expect("column").is_exact() {
            prop_assert_eq!(one, other);
        }
        let bound = one.rank_error() + other.rank_error() + 1e-12;
        let total = one.points().total().max(1) as f64;
        for point in &other.points().points {
            let upto = x.iter().filter(|v| v.is_finite() && **v <= point.value).count() as f64;
            prop_assert!((upto - point.upto as f64).abs() / total <= bound);
        }
        // One after the other is the same but for the points.
        let stepwise = parts.iter().skip(1).try_fold(parts[0].profile.clone(), |all, part| {
            merge(&[named(all), part.clone()])
        });
        prop_assert_eq!(without_points(&stepwise.expect("merges")), without_points(&whole));
    }

    /// Fewer names, and every row still counted, also of the parts of a whole.
    #[test]
    fn names_beyond_the_most_frequent_are_counted_together((x, c) in rows(), most in 1usize..9) {
        let whole = of(&x, &c);
        let kept = keep_names(whole.clone(), most);
        kept.check().expect("sound");
        let (before, after) = (whole.column("c").expect("c"), kept.column("c").expect("c"));
        if let (ColumnValues::Category(all), ColumnValues::Category(some)) =
            (&before.values, &after.values)
        {
            prop_assert_eq!(&some.levels[..], &all.levels[..most.min(all.levels.len())]);
            let rows = |c: &CategoryProfile| c.other + c.levels.iter().map(|l| l.count).sum::<u64>();
            prop_assert_eq!((rows(some), some.lengths), (rows(all), all.lengths));
        }
        prop_assert_eq!(before.distinct.count, after.distinct.count);
        let merged = merge(&[named(kept.clone()), named(kept)]).expect("merges");
        merged.check().expect("sound");
        let twice = merged.column("c").expect("c");
        prop_assert_eq!(twice.count, 2 * before.count);
    }

    /// What is folded away stands together with at least so many rows.
    #[test]
    fn nothing_rare_is_left((x, c) in rows(), least in 1u64..60) {
        let folded = drop_rare(of(&x, &c), least);
        folded.check().expect("sound");
        let column = folded.column("c").expect("column");
        if let ColumnValues::Category(categories) = &column.values {
            prop_assert!(categories.levels.iter().all(|l| l.count >= least));
            let alone = categories.levels.is_empty() || categories.other == 0;
            prop_assert!(alone || categories.other >= least);
        }
        let found = numbers(&folded);
        let points = found.distribution.points().points;
        let mut before = 0;
        for (i, point) in points.iter().enumerate() {
            let (gap, own) = (point.below - before, point.upto - point.below);
            prop_assert!(points.len() == 1 || gap == 0 || gap >= least, "{point:?}");
            prop_assert!(points.len() == 1 || own == 0 || own >= least, "{i} {point:?}");
            before = point.upto;
        }
        let merged = merge(&[named(folded.clone()), named(folded)]).expect("merges");
        merged.check().expect("sound");
    }
}

#[test]
fn many_rows_merge_to_within_the_stated_error() {
    let mut rng = StdRng::seed_from_u64(9);
    let x: Vec<f64> = (0..120_000).map(|_| (rng.random::<f64>() * 9.0).exp()).collect();
    let c: Vec<Option<String>> = (0..x.len()).map(|i| Some(format!("id-{}", i % 3000))).collect();
    let whole = of(&x, &c);
    let parts: Vec<Named> =
        x.chunks(9_001).zip(c.chunks(9_001)).map(|(x, c)| named(of(x, c))).collect();
    let merged = merge(&parts).expect("merges");
    let (one, other) = (numbers(&whole), numbers(&merged));
    assert_eq!((one.mean, one.std, &one.sum), (other.mean, other.std, &other.sum));
    assert_eq!(whole.columns[0].distinct, merged.columns[0].distinct);
    let mut sorted = x;
    sorted.sort_unstable_by(f64::total_cmp);
    for found in [one, other] {
        let points = found.distribution.points();
        assert!(points.error < 1_500, "{} of 120,000", points.error);
        for point in &points.points {
            let upto = sorted.partition_point(|v| *v <= point.value) as u64;
            assert!(upto.abs_diff(point.upto) <= points.error, "{point:?} {upto}");
        }
    }
}

#[test]
fn a_column_takes_less_than_two_kilobytes() {
    let mut rng = StdRng::seed_from_u64(4);
    let x: Vec<f64> = (0..200_000).map(|_| rng.random::<f64>().ln() * 1e3).collect();
    let mut profile = of(&x, &vec![Some("a".to_owned()); x.len()]);
    profile.columns.truncate(1);
    let bytes = profile.to_bytes().expect("bytes");
    assert!(bytes.len() < 2048, "{} {}", bytes.len(), String::from_utf8_lossy(&bytes));
    assert_eq!(Profile::from_bytes(&bytes).expect("back"), profile);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let a = named(of(&[1.0], &[None]));
    let mut role = a.clone();
    role.profile.columns[0].role = ColumnRole::Label;
    let mut name = a.clone();
    name.profile.columns[0].name = "y".into();
    let mut kind = named(of(&[1.0], &[Some("u".into())]));
    kind.profile.columns.swap(0, 1);
    kind.profile.columns[0].name = "x".into();
    kind.profile.columns[1].name = "c".into();
    for other in [role, name, kind] {
        let error = merge(&[a.clone(), other]).expect_err("refused");
        assert!(error.hint_text().is_some(), "{error}");
    }
    assert!(merge(&[]).is_err());
    let empty = named(of(&[NULL], &[Some("u".into())]));
    assert_eq!(merge(&[a, empty]).expect("nulls agree with anything").rows, 2);
}

/// Damaged profiles are refused, or are sound and can be merged; nothing panics.
#[test]
fn damaged_profiles_are_refused() {
    let mut rng = StdRng::seed_from_u64(3);
    let x: Vec<f64> = (0..5000).map(|i| f64::from(i).sqrt() - 20.0).collect();
    let c: Vec<Option<String>> = (0..5000).map(|i| Some(format!("id-{}", i % 1300))).collect();
    let bytes = of(&x, &c).to_bytes().expect("bytes");
    let tries = std::env::var("OUTERLOOP_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let mut read = 0;
    for _ in 0..tries {
        let mut damaged = bytes.clone();
        for _ in 0..rng.random_range(1..4usize) {
            let at = rng.random_range(0..damaged.len());
            match rng.random_range(0..4u8) {
                0 => damaged[at] = rng.random(),
                1 => damaged[at] = b"0123456789-.eE\"{}[],:"[rng.random_range(0..21usize)],
                2 => drop(
                    damaged.drain(at..(at + rng.random_range(1..40usize)).min(bytes.len() - 5)),
                ),
                _ => {
                    let piece = damaged[at..(at + 9).min(damaged.len())].to_vec();
                    damaged.splice(at..at, piece);
                }
            }
            if damaged.len() < 100 {
                break;
            }
        }
        if let Ok(profile) = Profile::from_bytes(&damaged) {
            read += 1;
            let again = Profile::from_bytes(&profile.to_bytes().expect("bytes")).expect("sound");
            assert_eq!(again, profile);
            merge(&[named(profile.clone()), named(profile)]).ok();
        }
    }
    assert!(read < tries, "some were refused");
}
