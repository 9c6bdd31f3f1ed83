//! A table into the profile that later data is compared with.

use std::collections::HashMap;

use rayon::prelude::*;

use super::table::{Categories, Column, Table, Values};
use crate::domain::error::{Error, Result};
use crate::domain::profile::{
    CategoryProfile, ColumnProfile, ColumnRole, ColumnValues, Distribution, EXACT_LEVELS, Level,
    MAX_CATEGORIES, NumberProfile, PROFILE_VERSION, Profile, QUANTILES,
};

/// What the columns of the table are.
#[derive(Debug, Clone, Default)]
pub struct ProfileOptions {
    /// Column of the model's output.
    pub prediction: Option<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
}

impl ProfileOptions {
    fn role(&self, name: &str) -> ColumnRole {
        if self.prediction.as_deref() == Some(name) {
            ColumnRole::Prediction
        } else if self.label.as_deref() == Some(name) {
            ColumnRole::Label
        } else {
            ColumnRole::Feature
        }
    }
}

/// Profiles every column that is not ignored.
///
/// # Errors
/// A table without rows or columns; a prediction or label column that it does not have.
pub fn profile(table: &Table, options: &ProfileOptions) -> Result<Profile> {
    for name in options.prediction.iter().chain(&options.label) {
        table.require(name)?;
    }
    let kept: Vec<&Column> =
        table.columns.iter().filter(|c| !options.ignore.contains(&c.name)).collect();
    if table.rows == 0 || kept.is_empty() {
        let lacking = if table.rows == 0 { "rows" } else { "columns" };
        return Err(Error::input(format!("{} has no {lacking}", table.source))
            .hint("a baseline needs data to compare with"));
    }
    let columns = kept.into_par_iter().map(|c| column(c, options.role(&c.name))).collect();
    Ok(Profile { profile_version: PROFILE_VERSION, rows: table.rows as u64, columns })
}

fn column(column: &Column, role: ColumnRole) -> ColumnProfile {
    let (count, nulls, infinite, values) = match &column.values {
        Values::Number(values) => {
            let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
            let nulls = values.iter().filter(|x| x.is_nan()).count();
            let infinite = values.len() - nulls - finite.len();
            (finite.len(), nulls, infinite, ColumnValues::Number(number(finite)))
        }
        Values::Category(values) => {
            let counts = level_counts(values);
            let count: u64 = counts.iter().sum();
            let nulls = values.codes.len() - count as usize;
            (count as usize, nulls, 0, ColumnValues::Category(category(values, &counts)))
        }
    };
    ColumnProfile {
        name: column.name.clone(),
        role,
        count: count as u64,
        nulls: nulls as u64,
        infinite: infinite as u64,
        values,
    }
}

/// Rows of each level, in the order of the levels.
fn level_counts(values: &Categories) -> Vec<u64> {
    let mut counts = vec![0; values.levels.len()];
    for code in &values.codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    counts
}

fn number(mut values: Vec<f64>) -> NumberProfile {
    // Adding zero turns −0 into 0, so that both are one value.
    values.iter_mut().for_each(|x| *x += 0.0);
    values.sort_unstable_by(f64::total_cmp);
    let (Some(min), Some(max)) = (values.first().copied(), values.last().copied()) else {
        let distribution = Distribution::Exact { values: Vec::new(), counts: Vec::new() };
        return NumberProfile { min: 0.0, max: 0.0, mean: 0.0, std: 0.0, distribution };
    };
    let (mean, std) = mean_and_std(&values, min.abs().max(max.abs()));
    let distribution = exact(&values).unwrap_or_else(|| quantiles(&values));
    NumberProfile { min, max, mean, std, distribution }
}

/// Mean and standard deviation (divisor n), worked out on values divided by the largest so that
/// nothing overflows.
fn mean_and_std(values: &[f64], largest: f64) -> (f64, f64) {
    let scale = if largest > 1e100 { largest } else { 1.0 };
    let n = values.len() as f64;
    let mean = values.iter().map(|x| x / scale).sum::<f64>() / n;
    let variance = values.iter().map(|x| (x / scale - mean).powi(2)).sum::<f64>() / n;
    (mean * scale, variance.sqrt() * scale)
}

fn exact(sorted: &[f64]) -> Option<Distribution> {
    let mut values: Vec<f64> = Vec::new();
    let mut counts = Vec::new();
    for x in sorted {
        match counts.last_mut() {
            Some(count) if values.last() == Some(x) => *count += 1,
            _ if values.len() == EXACT_LEVELS => return None,
            _ => {
                values.push(*x);
                counts.push(1);
            }
        }
    }
    Some(Distribution::Exact { values, counts })
}

fn quantiles(sorted: &[f64]) -> Distribution {
    let last = sorted.len() - 1;
    Distribution::Quantiles {
        values: (0..=QUANTILES).map(|k| sorted[k * last / QUANTILES]).collect(),
    }
}

fn category(values: &Categories, counts: &[u64]) -> CategoryProfile {
    let mut levels: Vec<Level> = values
        .levels
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| Level { name: name.clone(), count: *count })
        .collect();
    levels.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    let beyond = levels.split_off(levels.len().min(MAX_CATEGORIES));
    CategoryProfile { levels, other: beyond.iter().map(|l| l.count).sum() }
}

/// Rows of each value of the categories, by name.
pub fn counts_by_name(values: &Categories) -> HashMap<&str, u64> {
    values.levels.iter().map(String::as_str).zip(level_counts(values)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Vec<(&str, Values)>, rows: usize) -> Table {
        let columns =
            columns.into_iter().map(|(name, values)| Column { name: name.into(), values });
        Table { columns: columns.collect(), rows, source: "a.csv".into() }
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
        assert_eq!((column.count, column.nulls, column.infinite), (5, 1, 2));
        let x = numbers(&profile, "x");
        assert_eq!((x.min, x.max, x.mean), (0.0, 4.0, 1.6));
        assert!((x.std - 2.24f64.sqrt()).abs() < 1e-15);
        let expected = Distribution::Exact { values: vec![0.0, 2.0, 4.0], counts: vec![2, 2, 1] };
        assert_eq!(x.distribution, expected);
    }

    #[test]
    fn many_values_become_quantiles_that_occurred() {
        let values: Vec<f64> = (0..1000).rev().map(|i| f64::from(i) * 1.5).collect();
        let all = table(vec![("x", Values::Number(values.clone()))], 1000);
        let profile = profile(&all, &ProfileOptions::default()).expect("profile");
        let Distribution::Quantiles { values: q } = numbers(&profile, "x").distribution else {
            panic!("not quantiles")
        };
        assert_eq!((q.len(), q[0], q[200]), (QUANTILES + 1, 0.0, 1498.5));
        assert!(q.iter().all(|v| values.contains(v)) && q.is_sorted());
        assert_eq!(q[100], 1.5 * 499.0);
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
        };
        let profile1 = profile(&all, &options).expect("profile");
        let roles: Vec<ColumnRole> = profile1.columns.iter().map(|c| c.role).collect();
        assert_eq!(roles, [ColumnRole::Prediction, ColumnRole::Label]);
        let wrong = ProfileOptions { label: Some("yy".into()), ..options };
        assert!(profile(&all, &wrong).is_err());
        assert!(profile(&table(vec![("x", values())], 0), &ProfileOptions::default()).is_err());
    }
}
