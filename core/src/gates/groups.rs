//! Groups of rows: by category, and numbers by quantile. Gates and reports look at the same ones.

use std::collections::HashMap;

use crate::data::{Categories, Column, Values};

/// Distinct numbers up to which a column of numbers is looked at value by value.
const FEW_VALUES: usize = 10;
/// What rows without a value are called.
pub const MISSING: &str = "(missing)";
/// Groups that are named among those left out.
const NAMED: usize = 5;

/// How rows are put into groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// Bins of equal share into which numbers are put.
    pub quantiles: usize,
    /// Fewest rows of a group that is looked at.
    pub min_rows: usize,
    /// Most groups that are looked at: those with the most rows.
    pub most: usize,
}

/// Rows that have the same value, or values of the same bin, in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The column.
    pub column: String,
    /// The value, or the bin.
    pub level: String,
    /// The rows, ascending, from 0.
    pub rows: Vec<usize>,
}

impl Group {
    /// `region=north`.
    pub fn name(&self) -> String {
        format!("{}={}", self.column, self.level)
    }
}

/// The groups of some columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Those to look at, column by column.
    pub groups: Vec<Group>,
    /// How many have fewer rows than asked for.
    pub small: usize,
    /// The largest of those, as `region=north (12 rows)`.
    pub small_named: Vec<String>,
    /// How many more there are than may be looked at.
    pub beyond: usize,
}

/// Puts rows into groups, each column for itself. A column of text gives a group for each value, as
/// does one of at most ten different numbers; other numbers are put into bins that hold about the
/// same share of rows. Rows without a value are a group too. Takes time in proportion to rows and
/// groups.
pub fn split<'a>(columns: impl IntoIterator<Item = &'a Column>, how: &Grouping) -> Groups {
    let mut out = Groups::default();
    let mut small: Vec<(usize, String)> = Vec::new();
    for column in columns {
        let (levels, codes) = coded(column, how.quantiles.max(1));
        let mut rows: Vec<Vec<usize>> = counts(&codes, levels.len())
            .into_iter()
            .map(|n| Vec::with_capacity(if n < how.min_rows { 0 } else { n }))
            .collect();
        let sizes = counts(&codes, levels.len());
        for (row, code) in codes.iter().enumerate() {
            if sizes[*code as usize] >= how.min_rows {
                rows[*code as usize].push(row);
            }
        }
        for ((level, rows), size) in levels.into_iter().zip(rows).zip(sizes) {
            if size >= how.min_rows.max(1) {
                out.groups.push(Group { column: column.name.clone(), level, rows });
            } else if size > 0 {
                out.small += 1;
                note(&mut small, size, || format!("{}={level}", column.name));
            }
        }
    }
    out.small_named = small.into_iter().map(|(n, name)| format!("{name} ({n} rows)")).collect();
    cap(&mut out, how.most);
    out
}

fn counts(codes: &[u32], levels: usize) -> Vec<usize> {
    let mut counts = vec![0; levels];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    counts
}

/// Keeps the largest few, the largest first.
fn note(largest: &mut Vec<(usize, String)>, size: usize, name: impl FnOnce() -> String) {
    let place = largest.partition_point(|(n, _)| *n >= size);
    if place < NAMED {
        largest.insert(place, (size, name()));
        largest.truncate(NAMED);
    }
}

/// Keeps the groups with the most rows, in their order.
fn cap(out: &mut Groups, most: usize) {
    if out.groups.len() <= most {
        return;
    }
    let mut order: Vec<usize> = (0..out.groups.len()).collect();
    order.sort_by_key(|i| (usize::MAX - out.groups[*i].rows.len(), *i));
    let mut kept = vec![false; out.groups.len()];
    order.iter().take(most).for_each(|i| kept[*i] = true);
    out.beyond = out.groups.len() - most;
    let mut keep = kept.into_iter();
    out.groups.retain(|_| keep.next().unwrap_or(false));
}

/// The names of the groups and the group of each row.
fn coded(column: &Column, quantiles: usize) -> (Vec<String>, Vec<u32>) {
    match &column.values {
        Values::Number(numbers) => match few(numbers) {
            Some(categories) => with_missing(&categories),
            None => binned(numbers, quantiles),
        },
        Values::Category(categories) => match as_numbers(categories) {
            Some(numbers) => binned(&numbers, quantiles),
            None => with_missing(categories),
        },
    }
}

/// The numbers as categories, where there are few different ones; NaN is none.
fn few(numbers: &[f64]) -> Option<Categories> {
    let mut seen: HashMap<u64, ()> = HashMap::new();
    for x in numbers.iter().filter(|x| !x.is_nan()) {
        seen.insert((x + 0.0).to_bits(), ());
        if seen.len() > FEW_VALUES {
            return None;
        }
    }
    Some(Categories::of_numbers(numbers))
}

/// The numbers that a column was read as categories of, where there are many different ones.
fn as_numbers(categories: &Categories) -> Option<Vec<f64>> {
    if categories.levels.len() <= FEW_VALUES {
        return None;
    }
    let level = |text: &String| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let levels: Vec<f64> = categories.levels.iter().map(level).collect::<Option<_>>()?;
    let value = |code: &u32| levels.get(*code as usize).copied().unwrap_or(f64::NAN);
    Some(categories.codes.iter().map(value).collect())
}

fn with_missing(categories: &Categories) -> (Vec<String>, Vec<u32>) {
    let mut levels = categories.levels.clone();
    let missing = levels.len() as u32;
    levels.push(MISSING.to_owned());
    let code = |code: &u32| (*code).min(missing);
    (levels, categories.codes.iter().map(code).collect())
}

/// Bins that end at quantiles; a value belongs to the first bin whose end it does not exceed.
fn binned(numbers: &[f64], quantiles: usize) -> (Vec<String>, Vec<u32>) {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut ends: Vec<f64> = (1..quantiles)
        .filter_map(|k| sorted.get((k * sorted.len()).div_ceil(quantiles).max(1) - 1).copied())
        .collect();
    ends.dedup();
    ends.retain(|end| sorted.last().is_some_and(|last| end < last));
    let mut levels: Vec<String> = Vec::with_capacity(ends.len() + 2);
    for (i, end) in ends.iter().enumerate() {
        levels.push(match i {
            0 => format!("up to {end}"),
            _ => format!("above {} up to {end}", ends[i - 1]),
        });
    }
    levels.push(match ends.last() {
        Some(last) => format!("above {last}"),
        None => "any number".to_owned(),
    });
    levels.push(MISSING.to_owned());
    let code = |x: &f64| match x.is_nan() {
        true => ends.len() as u32 + 1,
        false => ends.partition_point(|end| end < x) as u32,
    };
    (levels, numbers.iter().map(code).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOW: Grouping = Grouping { quantiles: 4, min_rows: 2, most: 100 };

    fn text(values: &[&str]) -> Column {
        let value = |v: &&str| (!v.is_empty()).then(|| (*v).to_owned());
        let values = Values::Category(Categories::of(values.iter().map(value)));
        Column { name: "c".into(), values }
    }

    fn numbers(values: Vec<f64>) -> Column {
        Column { name: "n".into(), values: Values::Number(values) }
    }

    fn sizes(groups: &Groups) -> Vec<(&str, usize)> {
        groups.groups.iter().map(|g| (g.level.as_str(), g.rows.len())).collect()
    }

    #[test]
    fn text_and_few_numbers_go_by_value_and_missing_is_a_group() {
        let found = split([&text(&["a", "b", "", "a", "", "c"])], &HOW);
        assert_eq!(sizes(&found), [("a", 2), (MISSING, 2)]);
        assert_eq!(
            (found.small, found.small_named.join(", ")),
            (2, "c=b (1 rows), c=c (1 rows)".into())
        );
        let found = split([&numbers(vec![1.0, 2.0, 1.0, f64::NAN, 2.0])], &HOW);
        assert_eq!(sizes(&found), [("1", 2), ("2", 2)]);
    }

    #[test]
    fn many_numbers_go_by_quantile_whatever_they_were_read_as() {
        let values: Vec<f64> = (1..=40).map(f64::from).collect();
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for column in [numbers(values), text(&texts)] {
            let found = split([&column], &HOW);
            assert_eq!(
                sizes(&found),
                [
                    ("up to 10", 10),
                    ("above 10 up to 20", 10),
                    ("above 20 up to 30", 10),
                    ("above 30", 10)
                ]
            );
        }
        let mut tied = vec![7.0; 90];
        tied.extend((0..20).map(f64::from));
        let found = split([&numbers(tied)], &HOW);
        assert_eq!(found.groups.iter().map(|g| g.rows.len()).sum::<usize>(), 110);
    }

    #[test]
    fn a_hundred_thousand_groups_are_counted_and_the_largest_looked_at() {
        let names: Vec<String> = (0..200_000).map(|i| format!("customer {}", i / 2)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).chain(["big"; 9]).collect();
        let found = split([&text(&names)], &HOW);
        assert_eq!((found.groups.len(), found.beyond), (100, 99_901));
        assert!(found.groups.iter().any(|g| g.level == "big"));
        let found = split([&text(&names)], &Grouping { min_rows: 3, ..HOW });
        assert_eq!((found.groups.len(), found.small, found.small_named.len()), (1, 100_000, 5));
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_group_or_counted(
            values in prop::collection::vec(prop_oneof![Just(f64::NAN), -5.0..5.0f64, Just(1.0)], 0..200),
            quantiles in 1usize..9,
        ) {
            let how = Grouping { quantiles, min_rows: 1, most: usize::MAX };
            let found = split([&numbers(values.clone())], &how);
            let mut rows: Vec<usize> = found.groups.iter().flat_map(|g| g.rows.clone()).collect();
            rows.sort_unstable();
            prop_assert_eq!(rows, (0..values.len()).collect::<Vec<_>>());
            prop_assert!(found.groups.len() <= FEW_VALUES.max(quantiles) + 1);
        }
    }
}
