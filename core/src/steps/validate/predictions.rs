//! A predictions file as labels and scores.

use std::path::{Path, PathBuf};

use crate::config::valid::PredictionsConfig;
use crate::data::{Categories, Column, ReadOptions, Table, Values, read};
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::gates::Predictions;

/// Reads labels, the challenger's scores, the champion's scores where the file has them, and the
/// columns to slice by. A file without rows gives no labels: that is for the gates to refuse.
///
/// # Errors
/// A file that cannot be read; a column that is missing (with the nearest name); text where
/// numbers are needed; labels that are neither 0/1 nor true/false and no positive one named.
pub fn load(file: &Path, config: &PredictionsConfig) -> Result<Predictions> {
    let table = table(file, config)?;
    let columns = config.slices.iter().filter_map(|name| table.column(name).cloned());
    Ok(Predictions {
        task: config.task,
        labels: labels(&table, config)?,
        classes: match config.task {
            Task::Regression => Vec::new(),
            _ => vec!["0".to_owned(), config.positive.clone().unwrap_or_else(|| "1".to_owned())],
        },
        weights: None,
        clusters: None,
        challenger: numbers(&table, &config.score)?.into(),
        champion: match table.column(&config.champion) {
            Some(_) => Some(numbers(&table, &config.champion)?.into()),
            None => None,
        },
        champion_column: config.champion.clone(),
        threshold: config.threshold,
        columns: columns.collect(),
        dropped: Vec::new(),
        source: table.source.clone(),
    })
}

/// Only the columns that are needed, so that no other can be in the way.
fn table(file: &Path, config: &PredictionsConfig) -> Result<Table> {
    let path = [file.to_owned()];
    let mut columns = vec![config.label.clone(), config.score.clone()];
    columns.extend(config.slices.iter().cloned());
    let mut categories = config.slices.clone();
    if config.positive.is_some() {
        categories.push(config.label.clone());
    }
    let options = |columns: &[String]| ReadOptions {
        columns: Some(columns.to_vec()),
        categories: categories.clone(),
        ..ReadOptions::default()
    };
    let with_champion = [&columns[..], std::slice::from_ref(&config.champion)].concat();
    match read(&path, &options(&with_champion)) {
        Err(e) if lacks(&e, &config.champion) => read(&path, &options(&columns)),
        other => other,
    }
    .map_err(|e| name_the_nearest(e, &path, &columns))
}

fn lacks(error: &Error, column: &str) -> bool {
    error.to_string().contains(&format!("has no column `{column}`"))
}

/// Only the wanted columns were read; the hint should name all that there are.
fn name_the_nearest(error: Error, path: &[PathBuf], columns: &[String]) -> Error {
    if !columns.iter().any(|c| lacks(&error, c)) {
        return error;
    }
    let all = read(path, &ReadOptions::default());
    let better = all.ok().and_then(|t| columns.iter().find_map(|c| t.require(c).err()));
    better.unwrap_or(error)
}

fn numbers(table: &Table, name: &str) -> Result<Vec<f64>> {
    if table.rows == 0 {
        return Ok(Vec::new());
    }
    match &table.require(name)?.values {
        Values::Number(numbers) => Ok(numbers.clone()),
        Values::Category(categories) => {
            let is_text = |level: &String| level.trim().parse::<f64>().is_err();
            let code = categories.levels.iter().position(is_text);
            let row = categories.codes.iter().position(|c| Some(*c as usize) == code);
            let example = code.and_then(|code| categories.levels.get(code));
            let example = example.map_or("", String::as_str).escape_debug();
            let place = row.map(|row| format!(" in row {}", row + 1)).unwrap_or_default();
            Err(Error::input(format!(
                "column `{name}` of {} holds text such as `{example}`{place}",
                table.source
            ))
            .hint("scores must be numbers"))
        }
    }
}

fn labels(table: &Table, config: &PredictionsConfig) -> Result<Vec<f64>> {
    if table.rows == 0 {
        return Ok(Vec::new());
    }
    let column = table.require(&config.label)?;
    match (&column.values, config.task) {
        (Values::Number(numbers), _) => Ok(numbers.clone()),
        (Values::Category(levels), Task::Binary) => binary(levels, column, table, config),
        (Values::Category(_), _) => numbers(table, &config.label),
    }
}

fn binary(
    categories: &Categories,
    column: &Column,
    table: &Table,
    config: &PredictionsConfig,
) -> Result<Vec<f64>> {
    let values = categories.levels.iter().map(|level| {
        value_of(level, config.positive.as_deref()).ok_or_else(|| {
            let level = level.escape_debug();
            Error::input(format!(
                "column `{}` of {} holds the label `{level}`",
                column.name, table.source
            ))
            .hint(
                "use 0 and 1 or true and false, or name the positive label in \
                   `predictions.positive`",
            )
        })
    });
    let values: Vec<f64> = values.collect::<Result<_>>()?;
    let found = |positive: &String| categories.levels.iter().any(|l| same(l, positive));
    if let Some(positive) = config.positive.as_ref().filter(|p| !found(p)) {
        let levels = categories.levels.join(", ");
        return Err(Error::input(format!(
            "column `{}` of {} never holds the positive label `{positive}`",
            column.name, table.source
        ))
        .hint(format!("it holds: {levels}")));
    }
    let value = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
    Ok(categories.codes.iter().map(value).collect())
}

fn value_of(level: &str, positive: Option<&str>) -> Option<f64> {
    match positive {
        Some(positive) => Some(f64::from(same(level, positive))),
        None => match level.to_ascii_lowercase().as_str() {
            "0" | "false" => Some(0.0),
            "1" | "true" => Some(1.0),
            _ => None,
        },
    }
}

/// Whether a label is the positive one; `1` and `1.0` are the same.
fn same(level: &str, positive: &str) -> bool {
    level == positive || level.parse::<f64>().ok().is_some_and(|a| positive.parse::<f64>() == Ok(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> PredictionsConfig {
        PredictionsConfig {
            path: None,
            task: Task::Binary,
            label: "label".into(),
            positive: None,
            score: "score".into(),
            champion: "champion".into(),
            threshold: 0.5,
            slices: vec![],
        }
    }

    fn load_csv(text: &str, config: &PredictionsConfig) -> Result<Predictions> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("predictions.csv");
        std::fs::write(&file, text).expect("writes");
        load(&file, config)
    }

    #[test]
    fn labels_may_be_written_in_every_usual_way() {
        for (text, positive) in [
            ("label,score\n1,0.9\n0,0.2\n", None),
            ("label,score\ntrue,0.9\nFalse,0.2\n", None),
            ("label,score\nyes,0.9\nno,0.2\n", Some("yes")),
            ("label,score\n2,0.9\n1,0.2\n", Some("2")),
        ] {
            let config = PredictionsConfig { positive: positive.map(str::to_owned), ..config() };
            let loaded = load_csv(text, &config).expect(text);
            assert_eq!(loaded.labels, [1.0, 0.0], "{text}");
            assert_eq!(loaded.champion, None);
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let named = |text: &str, config: &PredictionsConfig, part: &str, hint: &str| {
            let error = load_csv(text, config).expect_err(text);
            let shown = format!("{error} ({})", error.hint_text().unwrap_or_default());
            assert!(error.to_string().contains(part), "{shown}");
            assert!(shown.contains(hint), "{shown}");
        };
        let plain = config();
        named("label,scroe\n1,0.5\n", &plain, "has no column `score`", "did you mean `scroe`");
        named("lable,score,x\n1,0.5,1\n", &plain, "has no column `label`", "did you mean `lable`");
        named("label,score\nyes,0.5\n", &plain, "the label `yes`", "predictions.positive");
        named("label,score\n1,high\n", &plain, "text such as `high`", "numbers");
        let yes = PredictionsConfig { positive: Some("Yes".into()), ..config() };
        named("label,score\nyes,0.5\n", &yes, "never holds the positive label `Yes`", "yes");
        let slices = PredictionsConfig { slices: vec!["sex".into()], ..config() };
        named("label,score,six\n1,0.5,a\n", &slices, "has no column `sex`", "`six`");
        let text = "label,score,champion\n1,0.5,low\n0,0.2,lower\n";
        named(text, &plain, "column `champion`", "numbers");
    }

    #[test]
    fn other_columns_and_nulls_are_not_in_the_way() {
        let text = "id,label,score,champion,sex\n7,1,0.5,,2\nA8,0,,0.3,1\n";
        let config = PredictionsConfig { slices: vec!["sex".into()], ..config() };
        let loaded = load_csv(text, &config).expect("loads");
        assert!(loaded.challenger.values[1].is_nan());
        assert!(loaded.champion.is_some_and(|c| c.values[0].is_nan()));
        assert!(matches!(&loaded.columns[0].values, Values::Category(c) if c.levels == ["2", "1"]));
        let empty = load_csv("label,score\n", &config).expect("loads");
        assert_eq!(empty.rows(), 0);
    }
}
