//! Evidence for the tests of gates.

use super::evidence::{Candidate, Evidence, Integrity, Predictions};
use super::probes::Probes;
use crate::data::{Column, Values};
use crate::domain::digest::Digest;
use crate::domain::metric::Task;
use crate::domain::package::{FileEntry, Format, Manifest};
use crate::domain::version::Version;

/// A challenger, perhaps a champion, perhaps predictions.
pub(super) struct World {
    versions: (Version, Version),
    pub(super) challenger: Manifest,
    pub(super) champion: Manifest,
    has_champion: bool,
    predictions: Option<Predictions>,
    pub(super) integrity: Integrity,
    pub(super) probes: Probes,
}

impl World {
    pub(super) fn new() -> Self {
        let version = |text: &str| text.parse().expect("a version");
        Self {
            versions: (version("1.1.0"), version("1.0.0")),
            challenger: manifest(),
            champion: manifest(),
            has_champion: false,
            predictions: None,
            integrity: Integrity::Unchecked("nobody looked".into()),
            probes: Probes::default(),
        }
    }

    /// Rows of both classes; the challenger ranks them well, the champion less so.
    pub(super) fn with_predictions(mut self, rows: usize) -> Self {
        let noise = |i: usize, salt: usize| (i * salt % 101) as f64 / 101.0;
        let labels: Vec<f64> = (0..rows).map(|i| f64::from(i % 2 == 0)).collect();
        let scores = |salt: usize, skill: f64| -> Vec<f64> {
            let score = |(i, l): (usize, &f64)| skill * l + (1.0 - skill) * noise(i, salt);
            labels.iter().enumerate().map(score).collect()
        };
        let (challenger, champion) = (scores(37, 0.4), scores(53, 0.15));
        self.predictions = Some(Predictions {
            task: Task::Binary,
            labels,
            classes: vec!["0".into(), "1".into()],
            weights: None,
            clusters: None,
            challenger: challenger.into(),
            champion: Some(champion.into()),
            champion_column: "champion".into(),
            threshold: 0.5,
            columns: Vec::new(),
            dropped: Vec::new(),
            source: "predictions.csv".into(),
        });
        self
    }

    pub(super) fn with_champion(mut self) -> Self {
        self.has_champion = true;
        self
    }

    fn predictions(&mut self) -> &mut Predictions {
        self.predictions.as_mut().expect("there are predictions")
    }

    pub(super) fn labels(&mut self, label: impl Fn(usize) -> f64) {
        self.predictions().labels.iter_mut().enumerate().for_each(|(i, l)| *l = label(i));
    }

    pub(super) fn scores(&mut self, score: impl Fn(usize, f64) -> f64) {
        self.predictions()
            .challenger
            .values
            .iter_mut()
            .enumerate()
            .for_each(|(i, s)| *s = score(i, *s));
    }

    /// Another column, to look at groups of rows.
    pub(super) fn column(&mut self, name: &str, values: Values) {
        self.predictions().columns.push(Column { name: name.to_owned(), values });
    }

    /// The labels and scores become numbers.
    pub(super) fn regression(&mut self) {
        self.predictions().task = Task::Regression;
        self.predictions().classes.clear();
    }

    /// The challenger's scores become the champion's and the other way round.
    pub(super) fn swap(&mut self) {
        let predictions = self.predictions();
        let champion = predictions.champion.as_mut().expect("there is a champion");
        std::mem::swap(&mut predictions.challenger, champion);
    }

    /// Both models give the same scores.
    pub(super) fn tie(&mut self) {
        let predictions = self.predictions();
        predictions.champion = Some(predictions.challenger.clone());
    }

    /// Rows count more than others.
    pub(super) fn weigh(&mut self, weight: impl Fn(usize) -> f64) {
        let predictions = self.predictions();
        predictions.weights = Some((0..predictions.labels.len()).map(weight).collect());
    }

    /// Rows belong to groups.
    pub(super) fn group(&mut self, group: impl Fn(usize) -> u32) {
        let predictions = self.predictions();
        predictions.clusters = Some((0..predictions.labels.len()).map(group).collect());
    }

    pub(super) fn forget_champion_scores(&mut self) {
        self.predictions().champion = None;
    }

    pub(super) fn evidence(&self) -> Evidence<'_> {
        let (challenger, champion) = (&self.versions.0, &self.versions.1);
        Evidence {
            challenger: Candidate { version: challenger, manifest: &self.challenger },
            champion: self
                .has_champion
                .then_some(Candidate { version: champion, manifest: &self.champion }),
            predictions: self.predictions.as_ref(),
            integrity: &self.integrity,
            probes: &self.probes,
        }
    }
}

fn manifest() -> Manifest {
    let file = FileEntry { path: "model.onnx".into(), size: 2000, digest: Digest::of(b"m") };
    Manifest::of(Format::Onnx, vec![file])
}
