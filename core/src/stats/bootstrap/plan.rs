//! What is drawn: rows, rows within their class, or whole groups of rows.

use super::generator::SplitMix;
use super::options::Options;
use crate::domain::metric::Task;
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// What is drawn.
#[derive(Debug)]
pub(super) enum Plan {
    /// As many rows as there are.
    Rows(usize),
    /// The rows of each class.
    Classes(Vec<Vec<u32>>),
    /// The group of each row, from 0, and how many groups there are.
    Groups(Vec<u32>, usize),
}

impl Plan {
    pub(super) fn new(sample: &Sample<'_>, options: &Options<'_>) -> Result<Self, Undefined> {
        options.check(sample.rows())?;
        match options.clusters {
            Some(clusters) => Self::groups(clusters),
            None if options.stratified && sample.task != Task::Regression => {
                Ok(Self::classes(sample.labels))
            }
            None => Ok(Self::Rows(sample.rows())),
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

    /// Draws with replacement, and counts how often each row is drawn.
    pub(super) fn draw(&self, counts: &mut [u32], seed: u64, number: u64) {
        let mut generator = SplitMix::stream(seed, number);
        counts.fill(0);
        match self {
            Self::Rows(rows) => (0..*rows).for_each(|_| counts[generator.below(*rows)] += 1),
            Self::Classes(classes) => {
                for rows in classes {
                    for _ in rows {
                        counts[rows[generator.below(rows.len())] as usize] += 1;
                    }
                }
            }
            Self::Groups(group_of, groups) => {
                let mut drawn = vec![0u32; *groups];
                (0..*groups).for_each(|_| drawn[generator.below(*groups)] += 1);
                for (count, group) in counts.iter_mut().zip(group_of) {
                    *count = drawn[*group as usize];
                }
            }
        }
    }
}
