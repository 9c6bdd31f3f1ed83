//! The numbers behind the pictures.

use crate::domain::metric::Task;
use crate::gates::Predictions;
use crate::stats::Sample;
use crate::stats::curves::{
    Bin, Binning, Density, Distribution, MOST_POINTS, Ranked, calibration, density, distributions,
    quantiles,
};

/// Bins of a calibration curve.
pub(super) const CALIBRATION_BINS: usize = 10;
/// Bins of a histogram.
const BINS: usize = 25;
/// Cells along each axis of predicted against true numbers.
const SIDE: usize = 26;
/// Quantiles of what is left between predicted and true.
pub(super) const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// Share of the values on each side that is put into the outermost bin.
const OUTSIDE: f64 = 0.005;
/// Classes of a confusion matrix; the rarest are put together.
const MOST_CLASSES: usize = 12;

/// What both models answer on the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// Kind of prediction.
    pub task: Task,
    /// Rows.
    pub rows: u64,
    /// Whether rows count differently.
    pub weighted: bool,
    /// Score from which a row of a binary task counts as positive.
    pub threshold: f64,
    /// Names of the classes that the matrices have, in their order.
    pub classes: Vec<String>,
    /// The challenger.
    pub challenger: Answers,
    /// The champion, where its answers are known.
    pub champion: Option<Answers>,
}

/// One model's answers. What the rows do not allow is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// Binary: ROC, precision and recall.
    pub curves: Option<Curves>,
    /// Binary, scores that are probabilities: the calibration curve.
    pub calibration: Option<Vec<Bin>>,
    /// Binary: the scores of the negatives and of the positives; multiclass: the probability that
    /// was given to the right class.
    pub scores: Vec<Distribution>,
    /// Binary: all scores from 0 to 1, for below the calibration curve.
    pub all_scores: Option<Distribution>,
    /// True classes against answers.
    pub matrix: Option<Matrix>,
    /// Regression: predicted − true.
    pub residuals: Option<Distribution>,
    /// Regression: quantiles of predicted − true.
    pub quantiles: Vec<f64>,
    /// Regression: true (horizontal) against predicted.
    pub density: Option<Density>,
}

/// Curves of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// (false-positive rate, true-positive rate).
    pub roc: Vec<(f64, f64)>,
    /// (recall, precision).
    pub precision_recall: Vec<(f64, f64)>,
    /// Share of positives: the precision of guessing.
    pub prevalence: f64,
}

/// A confusion matrix: the weight of the rows of a true class (first index) that got an answer
/// (second index).
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Weights; without weights the numbers of rows.
    pub cells: Vec<Vec<f64>>,
}

/// What both models' pictures share, so that they can be compared.
struct Shared {
    scores: (f64, f64),
    residuals: (f64, f64),
    numbers: (f64, f64),
    /// The matrix' index of each class.
    place: Vec<usize>,
    classes: usize,
}

impl Models {
    /// What `predictions` show.
    pub fn of(predictions: &Predictions) -> Self {
        let both: Vec<Sample<'_>> = [Some(predictions.challenger()), predictions.champion()]
            .into_iter()
            .flatten()
            .collect();
        let (place, classes) = classes(predictions);
        let shared = Shared {
            scores: score_range(&both),
            residuals: range(both.iter().flat_map(residuals)),
            numbers: range(both.iter().flat_map(|s| s.labels.iter().chain(s.scores).copied())),
            place,
            classes: classes.len(),
        };
        Self {
            task: predictions.task,
            rows: predictions.rows() as u64,
            weighted: predictions.weights.is_some(),
            threshold: predictions.threshold,
            challenger: Answers::of(&predictions.challenger(), &shared),
            champion: predictions.champion().map(|sample| Answers::of(&sample, &shared)),
            classes,
        }
    }

    /// Names and answers: the challenger, then the champion where it is known. A model alone has no
    /// opponent to be told from.
    pub fn named(&self) -> Vec<(&'static str, &Answers)> {
        match &self.champion {
            Some(champion) => vec![("challenger", &self.challenger), ("champion", champion)],
            None => vec![("model", &self.challenger)],
        }
    }
}

impl Answers {
    fn of(sample: &Sample<'_>, shared: &Shared) -> Self {
        if sample.labels.len() != sample.scores.len() || sample.labels.is_empty() {
            return Self::default();
        }
        match sample.task {
            Task::Binary => Self::binary(sample, shared),
            Task::Multiclass => Self::multiclass(sample, shared),
            Task::Regression => Self::regression(sample, shared),
        }
    }

    fn binary(sample: &Sample<'_>, shared: &Shared) -> Self {
        let curves = Ranked::new(sample).ok().map(|ranked| Curves {
            roc: ranked.roc_thinned(MOST_POINTS),
            precision_recall: ranked.precision_recall_thinned(MOST_POINTS),
            prevalence: ranked.prevalence(),
        });
        let calibration = calibration(sample, CALIBRATION_BINS, Binning::Uniform).ok();
        let by_class = || sample.labels.iter().map(|l| usize::from(*l == 1.0)).zip(scores(sample));
        let all = distributions(scores(sample).map(|s| (0, s)), 1, (0.0, 1.0), BINS);
        let answered = scores(sample).map(|s| usize::from(s >= sample.threshold));
        Self {
            curves,
            all_scores: calibration.is_some().then(|| all.into_iter().next()).flatten(),
            calibration,
            scores: distributions(by_class(), 2, shared.scores, BINS),
            matrix: Matrix::of(sample, answered, shared),
            ..Self::default()
        }
    }

    fn multiclass(sample: &Sample<'_>, shared: &Shared) -> Self {
        let classes = sample.classes;
        let right = sample.probabilities.map(|all| {
            let rows = all.chunks_exact(classes.max(1)).zip(sample.labels);
            let given = rows.filter_map(|(row, label)| row.get(*label as usize).copied());
            distributions(given.map(|p| (0, p)), 1, (0.0, 1.0), BINS)
        });
        Self {
            scores: right.unwrap_or_default(),
            matrix: Matrix::of(sample, scores(sample).map(|s| s as usize), shared),
            ..Self::default()
        }
    }

    fn regression(sample: &Sample<'_>, shared: &Shared) -> Self {
        let quantiles = quantiles(residuals(sample), &QUANTILES).unwrap_or_default();
        let residuals = distributions(residuals(sample).map(|r| (0, r)), 1, shared.residuals, BINS);
        let points = sample.labels.iter().copied().zip(scores(sample));
        Self {
            residuals: residuals.into_iter().next().filter(|d| d.rows > 0),
            quantiles,
            density: Some(density(points, shared.numbers, SIDE)),
            ..Self::default()
        }
    }
}

impl Matrix {
    /// None where a label or an answer is no class.
    fn of(
        sample: &Sample<'_>,
        answers: impl Iterator<Item = usize>,
        shared: &Shared,
    ) -> Option<Self> {
        let mut cells = vec![vec![0.0; shared.classes]; shared.classes];
        for (row, (label, answer)) in sample.labels.iter().zip(answers).enumerate() {
            let class = |value: usize| shared.place.get(value).copied();
            let whole = *label >= 0.0 && label.fract() == 0.0 && sample.scores[row].is_finite();
            let (actual, given) = (class(*label as usize).filter(|_| whole)?, class(answer)?);
            cells[actual][given] += sample.weights.map_or(1.0, |weights| weights[row]);
        }
        Some(Self { cells })
    }

    /// Sum of one true class.
    pub fn support(&self, class: usize) -> f64 {
        self.cells[class].iter().sum()
    }
}

/// Where each class stands in a matrix, and the names in its order: those with the most rows keep
/// a place of their own.
fn classes(predictions: &Predictions) -> (Vec<usize>, Vec<String>) {
    let names = &predictions.classes;
    if names.len() <= MOST_CLASSES {
        return ((0..names.len()).collect(), names.clone());
    }
    let mut support = vec![0u64; names.len()];
    for label in &predictions.labels {
        if let Some(count) = support.get_mut(*label as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|class| std::cmp::Reverse(support[*class]));
    let mut kept: Vec<usize> = order[..MOST_CLASSES - 1].to_vec();
    kept.sort_unstable();
    let place = |class: usize| kept.iter().position(|k| *k == class).unwrap_or(kept.len());
    let others = names.len() - kept.len();
    let shown = kept.iter().map(|class| names[*class].clone());
    let shown = shown.chain([format!("{others} other classes")]).collect();
    ((0..names.len()).map(place).collect(), shown)
}

fn scores<'a>(sample: &Sample<'a>) -> impl Iterator<Item = f64> + use<'a> {
    sample.scores.iter().copied()
}

fn residuals<'a>(sample: &Sample<'a>) -> impl Iterator<Item = f64> + use<'a> {
    sample.scores.iter().zip(sample.labels).map(|(score, label)| score - label)
}

/// From 0 to 1 where all scores lie there, else what holds them all.
fn score_range(both: &[Sample<'_>]) -> (f64, f64) {
    let finite = both.iter().flat_map(scores).filter(|s| s.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), s| (l.min(s), h.max(s)));
    if low >= 0.0 && high <= 1.0 || low > high { (0.0, 1.0) } else { (low, high) }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    match quantiles(values, &[OUTSIDE, 1.0 - OUTSIDE]).as_deref() {
        Some([low, high]) => (*low, *high),
        _ => (0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(task: Task, labels: &[f64], scores: &[f64]) -> Predictions {
        Predictions {
            task,
            labels: labels.to_vec(),
            classes: vec!["0".into(), "1".into()],
            weights: None,
            clusters: None,
            challenger: scores.to_vec().into(),
            champion: None,
            champion_column: "champion".into(),
            threshold: 0.5,
            columns: Vec::new(),
            dropped: Vec::new(),
            source: "p.csv".into(),
        }
    }

    #[test]
    fn rows_that_cannot_be_drawn_leave_pictures_out() {
        let nan = f64::NAN;
        for task in Task::ALL {
            for (labels, scores) in [
                (&[][..], &[][..]),
                (&[1.0], &[nan]),
                (&[nan], &[0.5]),
                (&[-1.0], &[7.0]),
                (&[1.0, 1.0], &[f64::INFINITY, 0.2]),
                (&[1e300, -1e300], &[-1e300, 1e300]),
            ] {
                let models = Models::of(&predictions(task, labels, scores));
                assert_eq!(models.challenger.curves, None, "{task} {labels:?}");
                let sections = super::super::sections(&models, &|_, _| None);
                let html: String = sections.iter().map(|s| s.render()).collect();
                assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
            }
        }
    }

    #[test]
    fn a_matrix_counts_by_true_class_and_answer() {
        let found = Models::of(&predictions(Task::Binary, &[0.0, 0.0, 1.0], &[0.5, 0.1, 0.2]));
        let matrix = found.challenger.matrix.expect("has a matrix");
        assert_eq!(matrix.cells, [[1.0, 1.0], [1.0, 0.0]]);
    }

    #[test]
    fn rare_classes_are_put_together() {
        let names: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
        let labels: Vec<f64> = (0..30).flat_map(|i| vec![f64::from(i); 1 + i as usize]).collect();
        let many =
            Predictions { classes: names, ..predictions(Task::Multiclass, &labels, &labels) };
        let found = Models::of(&many);
        assert_eq!(found.classes.len(), MOST_CLASSES);
        assert_eq!(found.classes[0], "c19");
        assert_eq!(found.classes[11], "19 other classes");
        let matrix = found.challenger.matrix.expect("has a matrix");
        assert_eq!(matrix.support(11), (1..=19).sum::<i32>() as f64);
    }
}
