//! What a metric is.

use std::fmt;

use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::confusion::{self, Confusion};
use crate::stats::masses_lanes::Lanes;
use crate::stats::ranking::Ranking;
use crate::stats::ranking_lanes::Area;
use crate::stats::tally::Term;
use crate::stats::versus::{Average, Versus};
use crate::stats::{Rows, Undefined};

/// What a metric is.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name, in kebab-case.
    pub name: &'static str,
    /// What it measures, in one line.
    pub about: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What kinds of prediction it is for.
    pub tasks: &'static [Task],
    /// The kinds of prediction whose reports show it without being asked.
    pub shown: &'static [Task],
    /// Whether scores must be probabilities; of several classes, whether the probability of each
    /// class must be there.
    pub needs_probabilities: bool,
    /// The number in its name, such as 0.9 of `quantile-loss-0.9`; 0 where there is none.
    pub parameter: f64,
    /// How it is read off a confusion matrix, where it can be: given the matrix and the parameter.
    pub of_answers: Option<OfAnswers>,
    /// Makes it ready on rows that were checked.
    pub prepare: Prepare,
}

/// A figure of a confusion matrix and a parameter.
pub type OfAnswers = fn(&Confusion, f64) -> Result<f64, Undefined>;

/// Makes a metric ready on rows.
pub type Prepare =
    for<'a> fn(&Rows<'a>, &'static Definition) -> Result<Box<dyn Prepared + 'a>, Undefined>;

/// A metric made ready on rows: sorted or binned once, evaluated on many resamples.
pub trait Prepared: fmt::Debug + Send + Sync {
    /// The value when row `i` counts `counts[i]` times, besides its weight; without counts, each once.
    ///
    /// # Errors
    /// The metric has no value there.
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined>;

    /// Makes ready what only resamples need, before several threads ask for it.
    fn before_resampling(&self) {}

    /// What is to be added up over the rows of each resample for [`Self::lanes`]. Metrics that name
    /// the same columns share the sums.
    fn terms(&self) -> Vec<Term<'_>> {
        Vec::new()
    }

    /// The order of which it is a metric, for [`Self::lanes`]. Metrics of one order share the walk.
    fn order(&self) -> Option<(&Ranking, Area)> {
        None
    }

    /// The values of several resamples at once, where they exist: lane `l` of `counts[i]` is how often
    /// resample `l` has row `i`, and `found` has what it asked for. A metric that many resamples are
    /// measured by may know a quicker way than one after the other; the values are the same.
    fn lanes(&self, counts: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        let _ = found;
        one_by_one(counts, |counts| self.value(Some(counts)).ok())
    }
}

/// What a metric asked for, of several resamples.
#[derive(Debug, Clone, Default)]
pub struct InLanes<'f> {
    /// The sums of its [`Prepared::terms`], in their order, each in its slots.
    pub sums: Vec<&'f [Lanes]>,
    /// The area of its [`Prepared::order`].
    pub area: Option<&'f [Option<f64>; LANES]>,
}

/// The value of one resample after the other.
pub(in crate::stats) fn one_by_one(
    counts: &[Counts],
    value: impl Fn(&[u32]) -> Option<f64>,
) -> [Option<f64>; LANES] {
    let mut one = vec![0; counts.len()];
    std::array::from_fn(|lane| {
        for (one, count) in one.iter_mut().zip(counts) {
            *one = u32::from(count[lane]);
        }
        value(&one)
    })
}

/// Both kinds of classes.
pub const CLASSES: &[Task] = &[Task::Binary, Task::Multiclass];

impl Definition {
    /// A metric of answers: higher is better, shown when asked for.
    pub(super) const fn of_answers(
        name: &'static str,
        about: &'static str,
        tasks: &'static [Task],
        of: OfAnswers,
    ) -> Self {
        Self {
            name,
            about,
            direction: Direction::HigherIsBetter,
            tasks,
            shown: &[],
            needs_probabilities: false,
            parameter: 0.0,
            of_answers: Some(of),
            prepare: confusion::prepare,
        }
    }

    /// A metric that is not read off the answers alone, shown when asked for.
    pub(super) const fn new(
        name: &'static str,
        about: &'static str,
        direction: Direction,
        tasks: &'static [Task],
        prepare: Prepare,
    ) -> Self {
        Self {
            name,
            about,
            direction,
            tasks,
            shown: &[],
            needs_probabilities: false,
            parameter: 0.0,
            of_answers: None,
            prepare,
        }
    }

    /// Shown without being asked in reports of these kinds of prediction.
    pub(super) const fn shown(self, shown: &'static [Task]) -> Self {
        Self { shown, ..self }
    }

    /// With the number in its name.
    pub(super) const fn with(self, parameter: f64) -> Self {
        Self { parameter, ..self }
    }

    /// On probabilities only.
    pub(super) const fn of_probabilities(self) -> Self {
        Self { needs_probabilities: true, ..self }
    }
}

/// A figure of the positive class, or of each class and averaged.
pub(super) fn of_class(
    confusion: &Confusion,
    average: Option<Average>,
    figure: impl Fn(&Versus) -> Result<f64, Undefined>,
) -> Result<f64, Undefined> {
    match average {
        None => confusion.positive(figure),
        Some(average) => confusion.averaged(average, figure),
    }
}
