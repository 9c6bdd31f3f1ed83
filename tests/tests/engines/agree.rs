//! Whether two profiles tell the same, each by what it states.

use outerloop_core::data::{ReadOptions, Values, read};
use outerloop_core::domain::profile::{
    CategoryProfile, ColumnProfile, ColumnValues, NumberProfile, Profile,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The finite numbers of each numeric column, ascending.
pub type Sorted = BTreeMap<String, Vec<f64>>;

pub fn sorted(file: &Path) -> Sorted {
    let table = read(&[file.to_owned()], &ReadOptions::default()).expect("reads");
    let numbers = table.columns.into_iter().filter_map(|column| match column.values {
        Values::Number(mut numbers) => {
            numbers.retain(|x| x.is_finite());
            numbers.iter_mut().for_each(|x| *x += 0.0);
            numbers.sort_unstable_by(f64::total_cmp);
            Some((column.name, numbers))
        }
        Values::Category(_) => None,
    });
    numbers.collect()
}

/// Fails where the profile of an engine is not that of the file.
pub fn agree(file: &Profile, engine: &Profile, values: Option<&Sorted>) {
    assert_eq!((file.rows, file.columns.len()), (engine.rows, engine.columns.len()));
    for (one, other) in file.columns.iter().zip(&engine.columns) {
        column(one, other, values.and_then(|v| v.get(&one.name)).map(Vec::as_slice));
    }
}

pub fn column(file: &ColumnProfile, engine: &ColumnProfile, values: Option<&[f64]>) {
    let name = &file.name;
    let counts = |c: &ColumnProfile| {
        (c.name.clone(), c.role, c.count, c.nulls, c.nan, c.plus_infinite, c.minus_infinite)
    };
    assert_eq!(counts(file), counts(engine));
    match (&file.values, &engine.values) {
        (ColumnValues::Number(one), ColumnValues::Number(other)) => {
            if file.distinct.error == 0.0 {
                assert_eq!(file, engine, "{name}");
            } else {
                numbers(name, one, other, engine.count);
                values.iter().for_each(|sorted| points(name, engine, other, sorted));
            }
        }
        (ColumnValues::Category(one), ColumnValues::Category(other)) => {
            if file.distinct.error == 0.0 {
                assert_eq!(file, engine, "{name}");
            } else {
                categories(name, one, other);
            }
        }
        _ => panic!("{name}: numbers on one side, text on the other"),
    }
}

fn numbers(name: &str, file: &NumberProfile, engine: &NumberProfile, count: u64) {
    let exact = |n: &NumberProfile| (n.min, n.max, n.zeros, n.negative);
    assert_eq!(exact(file), exact(engine), "{name}");
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(file.std);
    assert!(near(file.mean, engine.mean), "{name}: {} {}", file.mean, engine.mean);
    assert!(near(file.std, engine.std), "{name}: {} {}", file.std, engine.std);
    assert_eq!(engine.distribution.points().total(), count, "{name}");
}

/// Every point is a count of the values, to within the stated error.
fn points(name: &str, column: &ColumnProfile, engine: &NumberProfile, sorted: &[f64]) {
    let points = engine.distribution.points();
    for point in &points.points {
        let below = sorted.partition_point(|x| *x < point.value) as u64;
        let upto = sorted.partition_point(|x| *x <= point.value) as u64;
        let off = below.abs_diff(point.below).max(upto.abs_diff(point.upto));
        assert!(off <= points.error, "{name}: {point:?} is {below}, {upto}");
    }
    let gap = points.largest_gap() as f64 / points.total() as f64;
    assert!(points.error == 0 && gap < 0.02, "{name}: {gap}, {}", points.error);
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    assert_eq!(column.distinct.count, distinct.len() as u64, "{name}");
}

fn categories(name: &str, file: &CategoryProfile, engine: &CategoryProfile) {
    assert_eq!((file.lengths, engine.undercount), (engine.lengths, 0), "{name}");
    assert_eq!(file.undercount, 0, "{name}: of few thousand names all are counted");
    assert_eq!((&file.levels, file.other), (&engine.levels, engine.other), "{name}");
}
