//! Rows of two files joined by their ids, and rows left out.

use std::collections::HashMap;

use crate::data::{Categories, Column, Values};
use crate::domain::error::{Error, Result};
use crate::gates::{Dropped, Predictions, Scores};

/// Which row of the champion's file belongs to each row of the challenger's.
pub(super) struct Joined {
    /// For each row of the challenger's file, that of the champion's.
    partner: Vec<Option<usize>>,
    /// Rows of the champion's file that belong to none.
    left_over: usize,
}

/// The two files' names, for messages.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) challenger: &'a str,
    pub(super) champion: &'a str,
}

impl Joined {
    /// Joins by equal ids; each is there once.
    pub(super) fn new(challenger: &Categories, champion: &Categories) -> Self {
        let rows = champion.codes.iter().enumerate();
        let places: HashMap<&str, usize> = rows
            .filter_map(|(row, code)| Some((champion.levels.get(*code as usize)?.as_str(), row)))
            .collect();
        let partner: Vec<Option<usize>> = (0..challenger.codes.len())
            .map(|row| places.get(challenger.get(row)?).copied())
            .collect();
        let found = partner.iter().flatten().count();
        Self { partner, left_over: champion.codes.len() - found }
    }

    /// An error where ids of one file are not in the other, unless they may be left out; always
    /// where none is in both.
    pub(super) fn check(
        &self,
        ids: (&Categories, &Categories),
        sources: Sources<'_>,
        may_drop: bool,
    ) -> Result<()> {
        let missing = self.partner.iter().filter(|p| p.is_none()).count();
        if !self.partner.is_empty() && missing == self.partner.len() {
            return Err(Error::input(format!(
                "no id of {} is in {}: {} against {}",
                sources.challenger,
                sources.champion,
                example(ids.0),
                example(ids.1)
            ))
            .hint("both files must be scores of the same rows, with the same ids"));
        }
        if may_drop || missing + self.left_over == 0 {
            return Ok(());
        }
        let lonely = self.partner.iter().position(Option::is_none);
        let such = match lonely.and_then(|row| ids.0.get(row)) {
            Some(id) => {
                format!(", such as `{}` in row {}", id.escape_debug(), lonely.unwrap_or(0) + 1)
            }
            None => String::new(),
        };
        Err(Error::input(format!(
            "{missing} ids of {} are not in {}{such}; {} the other way round",
            sources.challenger, sources.champion, self.left_over
        ))
        .hint(
            "score the same rows with both models, or leave such rows out and have them counted \
             with `predictions.drop: [unmatched]` or --drop unmatched",
        ))
    }

    /// What the join leaves out.
    pub(super) fn dropped(&self) -> Vec<Dropped> {
        let missing = self.partner.iter().filter(|p| p.is_none()).count();
        let counted = [
            ("the champion has no row of this id", missing),
            ("the challenger has no row of this id", self.left_over),
        ];
        let some = counted.into_iter().filter(|(_, rows)| *rows > 0);
        some.map(|(why, rows)| Dropped { why: why.to_owned(), rows: rows as u64 }).collect()
    }

    /// Gives the champion's scores to the challenger's rows, and keeps those that both have.
    ///
    /// # Errors
    /// Rows to which the two files give different labels.
    pub(super) fn apply(
        self,
        challenger: Predictions,
        champion: &Scores,
        labels: Option<&[f64]>,
        sources: Sources<'_>,
    ) -> Result<Predictions> {
        let width = challenger.classes.len();
        let pairs: Vec<(usize, usize)> =
            self.partner.iter().enumerate().filter_map(|(a, b)| Some((a, (*b)?))).collect();
        if let Some(labels) = labels {
            same_labels(&challenger.labels, labels, &pairs, sources)?;
        }
        let dropped = [challenger.dropped.clone(), self.dropped()].concat();
        let all = pairs.len() == challenger.rows();
        let mine: Vec<usize> = pairs.iter().map(|(a, _)| *a).collect();
        let mut kept = if all { challenger } else { keep(&challenger, &mine) };
        kept.champion = Some(Scores {
            values: pairs.iter().map(|(_, b)| champion.values[*b]).collect(),
            probabilities: champion.probabilities.as_ref().map(|all| {
                pairs.iter().flat_map(|(_, b)| &all[b * width..(b + 1) * width]).copied().collect()
            }),
        });
        kept.dropped = dropped;
        kept.source = format!("{} and {}", sources.challenger, sources.champion);
        Ok(kept)
    }
}

fn example(ids: &Categories) -> String {
    ids.levels.first().map_or_else(|| "no row".to_owned(), |id| format!("`{}`", id.escape_debug()))
}

fn same_labels(
    ours: &[f64],
    theirs: &[f64],
    pairs: &[(usize, usize)],
    sources: Sources<'_>,
) -> Result<()> {
    // A label that only one of the files knows is no contradiction.
    let differs = |(a, b): &&(usize, usize)| {
        let (a, b) = (ours[*a], theirs[*b]);
        a != b && !a.is_nan() && !b.is_nan()
    };
    let count = pairs.iter().filter(differs).count();
    match pairs.iter().find(differs) {
        None => Ok(()),
        Some((a, b)) => Err(Error::input(format!(
            "{} and {} give different labels to {count} of {} rows, such as row {} and row {}",
            sources.challenger,
            sources.champion,
            pairs.len(),
            a + 1,
            b + 1
        ))
        .hint("both files must be about the same rows; check the ids")),
    }
}

/// Leaves out the rows without a label, and counts them.
pub(super) fn drop_unlabelled(predictions: Predictions) -> Predictions {
    let labelled: Vec<usize> =
        (0..predictions.rows()).filter(|row| !predictions.labels[*row].is_nan()).collect();
    let missing = predictions.rows() - labelled.len();
    if missing == 0 {
        return predictions;
    }
    let mut dropped = predictions.dropped.clone();
    dropped.push(Dropped { why: "no label".to_owned(), rows: missing as u64 });
    Predictions { dropped, ..keep(&predictions, &labelled) }
}

/// These rows with everything that belongs to them.
fn keep(predictions: &Predictions, rows: &[usize]) -> Predictions {
    let pick = |column: &Column| Column {
        name: column.name.clone(),
        values: match &column.values {
            Values::Number(all) => Values::Number(rows.iter().map(|row| all[*row]).collect()),
            Values::Category(all) => Values::Category(Categories {
                levels: all.levels.clone(),
                codes: rows.iter().map(|row| all.codes[*row]).collect(),
            }),
        },
    };
    Predictions {
        columns: predictions.columns.iter().map(pick).collect(),
        ..predictions.subset(rows)
    }
}
