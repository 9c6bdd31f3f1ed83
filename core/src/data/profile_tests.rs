use super::*;
use crate::domain::profile::{ColumnValues, Distribution, Level, NumberProfile};

fn table(columns: Vec<(&str, Values)>, rows: usize) -> Table {
    let columns = columns.into_iter().map(|(name, values)| Column { name: name.into(), values });
    Table { columns: columns.collect(), rows, source: "a.csv".into(), ..Table::default() }
}

fn numbers(profile: &Profile, name: &str) -> NumberProfile {
    match &profile.column(name).expect("column").values {
        ColumnValues::Number(n) => n.clone(),
        ColumnValues::Category(c) => panic!("{c:?}"),
    }
}

#[test]
fn few_values_are_kept_exactly_and_odd_ones_are_counted_apart() {
    let odd = [f64::NAN, f64::INFINITY, -f64::INFINITY, -0.0, 0.0, 2.0, 2.0, 4.0];
    let all = table(vec![("x", Values::Number(odd.to_vec()))], 8);
    let profile = profile(&all, &ProfileOptions::default()).expect("profile");
    let column = &profile.columns[0];
    assert_eq!((column.count, column.nulls, column.nan), (5, 0, 1));
    assert_eq!((column.plus_infinite, column.minus_infinite), (1, 1));
    let x = numbers(&profile, "x");
    assert_eq!((x.min, x.max, x.mean), (0.0, 4.0, 1.6));
    assert!((x.std - 2.24f64.sqrt()).abs() < 1e-15);
    let expected = Distribution::Exact { values: vec![0.0, 2.0, 4.0], counts: vec![2, 2, 1] };
    assert_eq!(x.distribution, expected);
}

#[test]
fn many_values_become_points() {
    let values: Vec<f64> = (0..1000).rev().map(|i| f64::from(i) * 1.5).collect();
    let all = table(vec![("x", Values::Number(values.clone()))], 1000);
    let profile = profile(&all, &ProfileOptions::default()).expect("profile");
    let x = numbers(&profile, "x");
    let points = x.distribution.points();
    assert!(!x.distribution.is_exact() && points.error == 0, "{points:?}");
    assert_eq!((points.total(), points.points[0].value, x.max), (1000, 0.0, 1498.5));
    for point in &points.points {
        let upto = values.iter().filter(|v| **v <= point.value).count() as u64;
        assert_eq!(upto, point.upto, "{point:?}");
    }
    assert!(x.distribution.rank_error() < 0.015, "{}", x.distribution.rank_error());
}

#[test]
fn huge_numbers_stay_finite_and_can_be_written() {
    let values = vec![1e308, -1e308, 1.7e308];
    let all = table(vec![("x", Values::Number(values))], 3);
    let profile = profile(&all, &ProfileOptions::default()).expect("profile");
    let x = numbers(&profile, "x");
    assert!(x.mean.is_finite() && x.std.is_finite() && x.std > 1e308);
    let bytes = crate::domain::canonical::to_bytes(&profile).expect("JSON");
    assert_eq!(serde_json::from_slice::<Profile>(&bytes).expect("back"), profile);
}

#[test]
fn levels_are_ordered_and_the_rest_is_counted() {
    let rows: Vec<Option<String>> = (0..1500)
        .map(|i| if i < 400 { Some("a".into()) } else { Some(format!("l{i}")) })
        .chain([None])
        .collect();
    let all = table(vec![("c", Values::Category(Categories::of(rows)))], 1501);
    let profile = profile(&all, &ProfileOptions::default()).expect("profile");
    let ColumnValues::Category(c) = &profile.columns[0].values else { panic!("numbers") };
    assert_eq!(c.levels[0], Level { name: "a".into(), count: 400 });
    assert_eq!((c.levels.len(), c.levels[1].name.as_str(), c.other), (1000, "l1000", 101));
    assert_eq!((profile.columns[0].count, profile.columns[0].nulls), (1500, 1));
}

#[test]
fn roles_are_set_and_wrong_names_refused() {
    let values = || Values::Number(vec![1.0]);
    let all = table(vec![("x", values()), ("p", values()), ("y", values())], 1);
    let options = ProfileOptions {
        prediction: Some("p".into()),
        label: Some("y".into()),
        ignore: vec!["x".into()],
        ..ProfileOptions::default()
    };
    let profile1 = profile(&all, &options).expect("profile");
    let roles: Vec<ColumnRole> = profile1.columns.iter().map(|c| c.role).collect();
    assert_eq!(roles, [ColumnRole::Prediction, ColumnRole::Label]);
    let wrong = ProfileOptions { label: Some("yy".into()), ..options };
    assert!(profile(&all, &wrong).is_err());
    assert!(profile(&table(vec![("x", values())], 0), &ProfileOptions::default()).is_err());
}
