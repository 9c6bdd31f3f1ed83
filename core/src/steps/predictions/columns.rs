//! Which columns are read, and what they are used for.

use super::rows::{Rows, Wanted};
use crate::config::valid::PredictionsConfig;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;

/// Which columns are read of which file.
pub(super) struct Layout<'a> {
    pub(super) config: &'a PredictionsConfig,
    pub(super) two_files: bool,
}

impl Layout<'_> {
    fn by_class(&self) -> bool {
        self.config.task == Task::Multiclass && self.config.probabilities.is_empty()
    }

    /// Of the file with the labels.
    pub(super) fn challenger(&self, further: &[String]) -> Result<Wanted> {
        let config = self.config;
        if self.two_files && config.id.is_none() {
            return Err(Error::usage("two predictions files are given, but no id to join them by")
                .hint("name the column that identifies each row with `predictions.id` or --id"));
        }
        let mut wanted = Wanted { required: vec![config.label.clone()], ..Wanted::default() };
        match config.probabilities.as_slice() {
            [] => wanted.required.push(config.score.clone()),
            patterns => wanted.add_patterns(patterns),
        }
        let single = config.weight.iter().chain(&config.cluster).chain(&config.id);
        wanted.required.extend(single.chain(&config.slices).chain(further).cloned());
        if !self.two_files {
            match config.champion_probabilities.as_slice() {
                [] => wanted.optional.push(config.champion.clone()),
                patterns => wanted.add_patterns(patterns),
            }
        }
        wanted.categories = self.categories();
        wanted.categories.extend(config.slices.iter().cloned());
        Ok(wanted)
    }

    /// Of the data that models score; without a model of the champion its scores may be a column.
    pub(super) fn data(&self, further: &[String], champion_is_column: bool) -> Wanted {
        let config = self.config;
        let single = config.weight.iter().chain(&config.cluster).chain(&config.id);
        let rest = single.chain(&config.slices).chain(further).cloned();
        let mut categories = self.categories();
        categories.extend(config.slices.iter().cloned());
        Wanted {
            required: std::iter::once(config.label.clone()).chain(rest).collect(),
            optional: champion_is_column.then(|| config.champion.clone()).into_iter().collect(),
            categories,
        }
    }

    /// Of the champion's own file.
    pub(super) fn champion(&self) -> Wanted {
        let config = self.config;
        let mut wanted = Wanted {
            required: config.id.iter().cloned().collect(),
            optional: vec![config.label.clone()],
            categories: self.categories(),
        };
        if self.by_class() || config.task != Task::Multiclass {
            wanted.optional.extend([config.champion.clone(), config.score.clone()]);
        } else {
            wanted.add_patterns(champion_patterns(config));
        }
        wanted
    }

    fn categories(&self) -> Vec<String> {
        let config = self.config;
        let mut categories: Vec<String> =
            config.cluster.iter().chain(&config.id).cloned().collect();
        if config.task == Task::Multiclass || config.positive.is_some() {
            categories.push(config.label.clone());
        }
        if self.by_class() {
            categories.extend([config.score.clone(), config.champion.clone()]);
        }
        categories
    }
}

impl Wanted {
    /// Plain names must be there; of a pattern it is found out afterwards.
    fn add_patterns(&mut self, patterns: &[String]) {
        for name in patterns {
            let list = if name.contains('*') { &mut self.optional } else { &mut self.required };
            list.push(name.clone());
        }
    }
}

/// In a file of its own the champion's probabilities may have the challenger's names.
pub(super) fn champion_patterns(config: &PredictionsConfig) -> &[String] {
    match config.champion_probabilities.as_slice() {
        [] => &config.probabilities,
        patterns => patterns,
    }
}

/// The champion's column in a file of its own: `champion`, else the same name as the challenger's.
pub(super) fn champion_column<'a>(rows: &Rows, config: &'a PredictionsConfig) -> Result<&'a str> {
    let names = [&config.champion, &config.score];
    let found = names.into_iter().find(|name| rows.column(name).is_some());
    match found {
        Some(name) => Ok(name),
        None if rows.count() == 0 => Ok(&config.score),
        None => Err(Error::input(format!(
            "{} has neither a column `{}` nor `{}`",
            rows.source(),
            config.champion,
            config.score
        ))
        .hint("name the column of the champion's scores in `predictions.champion` or --champion")),
    }
}
