use super::*;
use crate::domain::profile::{
    CategoryProfile, ColumnRole, ColumnValues, Distinct, Distribution, ExactSum, Lengths, Level,
    NumberProfile, Point, Points,
};

fn with(distribution: Distribution) -> ColumnValues {
    ColumnValues::Number(NumberProfile {
        min: 0.0,
        max: 9.0,
        mean: 1.0,
        std: 1.0,
        zeros: 0,
        negative: 0,
        sum: ExactSum::default(),
        squares: ExactSum::default(),
        distribution,
    })
}

fn number(values: &[f64], counts: &[u64]) -> ColumnValues {
    with(Distribution::Exact { values: values.into(), counts: counts.into() })
}

fn points(points: &[(f64, u64, u64)]) -> ColumnValues {
    let points = points.iter().map(|(value, below, upto)| Point {
        value: *value,
        below: *below,
        upto: *upto,
    });
    with(Distribution::Points { points: Points { points: points.collect(), error: 0 } })
}

fn category(levels: &[(&str, u64)], other: u64) -> ColumnValues {
    let levels = levels.iter().map(|(n, c)| Level { name: (*n).to_owned(), count: *c });
    let lengths = Lengths { min: 1, max: 1, total: 10 };
    let levels = levels.collect();
    ColumnValues::Category(CategoryProfile { levels, other, undercount: 0, lengths })
}

fn profile(rows: u64, count: u64, values: ColumnValues) -> Profile {
    let column = ColumnProfile {
        name: "age".to_owned(),
        role: ColumnRole::Feature,
        count,
        nulls: rows.saturating_sub(count),
        nan: 0,
        plus_infinite: 0,
        minus_infinite: 0,
        distinct: Distinct { count: 1, error: 0.0, registers: None },
        values,
    };
    Profile {
        profile_version: PROFILE_VERSION,
        rows,
        drop_rare: None,
        columns: vec![column],
        segments: None,
    }
}

#[test]
fn what_no_data_has_is_refused_with_the_column() {
    let wrong = [
        ("an overflow", profile(10, 10, number(&[1.0, 2.0], &[u64::MAX, 11]))),
        ("too few", profile(10, 10, number(&[1.0, 2.0], &[4, 4]))),
        ("a count missing", profile(10, 10, number(&[1.0, 2.0], &[10]))),
        ("falling", profile(10, 10, number(&[2.0, 1.0], &[5, 5]))),
        ("twice", profile(10, 10, number(&[2.0, 2.0], &[5, 5]))),
        ("not a number", profile(10, 10, number(&[1.0, f64::NAN], &[5, 5]))),
        ("more than rows", profile(10, 11, number(&[1.0], &[11]))),
        ("a first step", profile(10, 10, points(&[(1.0, 1, 10)]))),
        ("falling points", profile(10, 10, points(&[(1.0, 0, 5), (0.0, 5, 10)]))),
        ("falling counts", profile(10, 10, points(&[(1.0, 0, 5), (2.0, 4, 10)]))),
        ("levels overflow", profile(10, 10, category(&[("a", u64::MAX)], 11))),
        ("levels beyond", profile(10, 10, category(&[("a", 11)], 0))),
        ("a level twice", profile(10, 10, category(&[("a", 5), ("a", 5)], 0))),
    ];
    for (name, profile) in wrong {
        let error = profile.check().expect_err(name);
        assert!(error.to_string().contains("column `age`"), "{name}: {error}");
    }
    let huge = profile(u64::MAX, u64::MAX, category(&[("a", u64::MAX)], 0));
    assert!(huge.check().expect_err("too many").to_string().contains("rows"));
}

#[test]
fn what_data_has_passes() {
    let right = [
        profile(12, 10, number(&[1.0, 2.0], &[4, 6])),
        profile(12, 10, category(&[("a", 7), ("b", 1)], 2)),
        profile(3, 0, number(&[], &[])),
        profile(3, 0, category(&[], 0)),
    ];
    for profile in right {
        profile.check().expect("is sound");
    }
}

#[test]
fn other_versions_are_named() {
    let right = profile(12, 10, number(&[1.0, 2.0], &[4, 6]));
    let bytes = right.to_bytes().expect("bytes");
    assert_eq!(Profile::from_bytes(&bytes).expect("back"), right);
    let old = String::from_utf8(bytes)
        .expect("text")
        .replace("\"profile-version\":2", "\"profile-version\":1");
    let error = Profile::from_bytes(old.as_bytes()).expect_err("refused");
    assert_eq!(error.hint_text(), Some(AGAIN));
    let error = error.to_string();
    assert!(error.contains("version 1 and this program reads version 2"), "{error}");
    assert!(!error.contains(AGAIN) && !error.contains("no profile"), "{error}");
    let new = old.replace("\"profile-version\":1", "\"profile-version\":3,\"new\":[]");
    let error = Profile::from_bytes(new.as_bytes()).expect_err("refused");
    assert_eq!(error.hint_text(), Some(LATER));
    assert!(error.to_string().ends_with("reads version 2"), "{error}");
}
