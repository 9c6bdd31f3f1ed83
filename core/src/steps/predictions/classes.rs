//! The classes of a multiclass task: from the columns of probabilities, else from the labels and
//! answers.

use std::collections::HashMap;

use super::rows::Rows;
use crate::data::read::matches_name;
use crate::data::{Categories, Values};
use crate::domain::error::{Error, Result};

/// Columns of probabilities with the class that each stands for, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassColumns(pub(super) Vec<(String, String)>);

impl ClassColumns {
    /// Finds the columns that `patterns` mean. Of a pattern, the class is what `*` stands for; of
    /// plain names, the name, without what all names have in common where `labels` says so.
    ///
    /// # Errors
    /// A pattern that no column matches, or fewer than two columns; two columns of one class.
    pub(super) fn of(patterns: &[String], rows: &Rows, labels: &Categories) -> Result<Self> {
        let mut columns: Vec<(String, String)> = Vec::new();
        for pattern in patterns {
            let before = columns.len();
            for name in rows.names().filter(|name| matches_name(pattern, name)) {
                columns.push((name.to_owned(), class_of(pattern, name)));
            }
            if columns.len() == before {
                let message = format!("{} has no column `{pattern}`", rows.source());
                return Err(Error::input(message).hint(
                    "`probabilities` names a column a class, such as [p_cat, p_dog] or [\"p_*\"]",
                ));
            }
        }
        if patterns.iter().all(|p| !p.contains('*')) {
            shorten(&mut columns, labels);
        }
        let mut seen = HashMap::new();
        for (name, class) in &columns {
            if let Some(other) = seen.insert(class, name) {
                let message = format!(
                    "columns `{other}` and `{name}` of {} are both of class `{class}`",
                    rows.source()
                );
                return Err(Error::input(message).hint("name one column a class"));
            }
        }
        if columns.len() < 2 {
            let message = format!(
                "{} has one column of probabilities, `{}`",
                rows.source(),
                columns.first().map_or("", |c| &c.0)
            );
            return Err(Error::input(message)
                .hint("name a column for each class, or use `task: binary` with `score`"));
        }
        Ok(Self(columns))
    }

    pub(super) fn classes(&self) -> Vec<String> {
        self.0.iter().map(|(_, class)| class.clone()).collect()
    }

    /// The columns in the order of `classes`.
    ///
    /// # Errors
    /// Other classes than these.
    pub(super) fn in_order(&self, classes: &[String], source: &str) -> Result<Vec<String>> {
        let hint = "both models must know the same classes";
        if let Some((name, class)) = self.0.iter().find(|(_, class)| !classes.contains(class)) {
            return Err(Error::input(format!(
                "column `{name}` of {source} is of class `{class}`, which the challenger does not \
                 know"
            ))
            .hint(hint));
        }
        let mut columns = Vec::with_capacity(classes.len());
        for class in classes {
            let Some((name, _)) = self.0.iter().find(|(_, c)| c == class) else {
                return Err(Error::input(format!(
                    "{source} has no column with the champion's probability of class `{class}`"
                ))
                .hint(hint));
            };
            columns.push(name.clone());
        }
        Ok(columns)
    }
}

/// What `*` stands for.
fn class_of(pattern: &str, name: &str) -> String {
    let Some((before, after)) = pattern.split_once('*') else { return name.to_owned() };
    let class = name.strip_prefix(before).unwrap_or(name);
    class.strip_suffix(after).unwrap_or(class).to_owned()
}

/// Takes off what all names begin with, where the labels are among what is left.
fn shorten(columns: &mut [(String, String)], labels: &Categories) {
    let known = |classes: &[(String, String)]| {
        labels.levels.iter().all(|l| classes.iter().any(|(_, c)| c == l))
    };
    if known(columns) {
        return;
    }
    let Some((first, _)) = columns.first() else { return };
    let common = |n: &usize| {
        first.is_char_boundary(*n) && columns.iter().all(|(name, _)| name.starts_with(&first[..*n]))
    };
    for n in (1..first.len()).rev().filter(common) {
        let short: Vec<(String, String)> =
            columns.iter().map(|(name, _)| (name.clone(), name[n..].to_owned())).collect();
        if known(&short) {
            columns.clone_from_slice(&short);
            return;
        }
    }
}

/// An error where no answer is ever a label: they are written differently, or are no classes.
pub(super) fn overlap(
    labels: &Categories,
    answers: &Categories,
    column: &str,
    source: &str,
) -> Result<()> {
    let (Some(label), Some(answer)) = (labels.levels.first(), answers.levels.first()) else {
        return Ok(());
    };
    if answers.levels.iter().any(|answer| labels.levels.contains(answer)) {
        return Ok(());
    }
    Err(Error::input(format!(
        "no answer in column `{column}` of {source} is ever a label: `{}` against `{}`",
        answer.escape_debug(),
        label.escape_debug()
    ))
    .hint(
        "write labels and answers alike, or name the columns of the probabilities in \
         `predictions.probabilities`",
    ))
}

/// Every class that occurs, whole numbers by their value, else by the alphabet.
pub(super) fn of_values(values: &[&Categories]) -> Vec<String> {
    let mut classes: Vec<String> = values.iter().flat_map(|v| v.levels.iter().cloned()).collect();
    let number = |class: &String| class.parse::<i128>().ok();
    if classes.iter().all(|c| number(c).is_some()) {
        classes.sort_by_key(number);
    } else {
        classes.sort();
    }
    classes.dedup();
    classes
}

/// The index of each row's class; NaN where it is null.
///
/// # Errors
/// A value that is no class.
pub(super) fn indices(
    values: &Values,
    classes: &[String],
    unknown: impl Fn(&str) -> Error,
) -> Result<Vec<f64>> {
    let Values::Category(categories) = values else { return Ok(Vec::new()) };
    let places: HashMap<&str, usize> =
        classes.iter().enumerate().map(|(i, c)| (c.as_str(), i)).collect();
    let of_level = |level: &String| {
        places.get(level.as_str()).map(|i| *i as f64).ok_or_else(|| unknown(level))
    };
    let of_levels: Vec<f64> = categories.levels.iter().map(of_level).collect::<Result<_>>()?;
    let value = |code: &u32| of_levels.get(*code as usize).copied().unwrap_or(f64::NAN);
    Ok(categories.codes.iter().map(value).collect())
}
