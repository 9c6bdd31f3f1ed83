//! What is drawn: rows, rows within their class, or whole groups of rows.

use super::block::{Counts, LANES, multinomial};
use crate::domain::metric::Task;
use crate::stats::generator::Generator;
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// What is drawn.
#[derive(Debug)]
pub(super) enum Plan {
    /// As many rows as there are.
    Rows,
    /// The rows of each class.
    Classes(Vec<Vec<u32>>),
    /// The group of each row, from 0, and how many groups there are.
    Groups(Vec<u32>, usize),
}

impl Plan {
    pub(super) fn new(
        sample: &Sample<'_>,
        stratified: bool,
        clusters: Option<&[u32]>,
    ) -> Result<Self, Undefined> {
        match clusters {
            Some(clusters) => Self::groups(clusters),
            None if stratified && sample.task != Task::Regression => {
                Ok(Self::classes(sample.labels))
            }
            None => Ok(Self::Rows),
        }
    }

    fn groups(clusters: &[u32]) -> Result<Self, Undefined> {
        let mut names = clusters.to_vec();
        names.sort_unstable();
        names.dedup();
        if names.len() < 2 {
            return Err(Undefined::OneCluster);
        }
        let group = |name: &u32| names.partition_point(|known| known < name) as u32;
        Ok(Self::Groups(clusters.iter().map(group).collect(), names.len()))
    }

    /// Labels are the numbers of classes.
    fn classes(labels: &[f64]) -> Self {
        let mut classes: Vec<Vec<u32>> = Vec::new();
        for (row, label) in labels.iter().enumerate() {
            let class = *label as usize;
            if class >= classes.len() {
                classes.resize_with(class + 1, Vec::new);
            }
            classes[class].push(row as u32);
        }
        Self::Classes(classes)
    }

    /// Draws block `number` of resamples with replacement.
    pub(super) fn draw(&self, counts: &mut [Counts], seed: u64, number: u64) {
        let mut generator = Generator::new(seed, number);
        let mut drawn = |units: usize| {
            let mut drawn = vec![[0; LANES]; units];
            multinomial(&mut drawn, &mut generator);
            drawn
        };
        match self {
            Self::Rows => multinomial(counts, &mut generator),
            Self::Classes(classes) => {
                for rows in classes {
                    for (row, drawn) in rows.iter().zip(drawn(rows.len())) {
                        counts[*row as usize] = drawn;
                    }
                }
            }
            Self::Groups(group_of, groups) => {
                let drawn = drawn(*groups);
                for (count, group) in counts.iter_mut().zip(group_of) {
                    *count = drawn[*group as usize];
                }
            }
        }
    }
}
