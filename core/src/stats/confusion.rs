//! Which class was answered for which label: the confusion matrix, and what is read off it.

use super::bootstrap::{Counts, LANES};
use super::masses::Masses;
use super::metrics::{Definition, InLanes, Prepared, one_by_one};
use super::rows::Rows;
use super::sample::Sample;
use super::tally::Term;
use super::undefined::Undefined;
use super::versus::{Average, Versus};
use crate::domain::metric::Task;

/// How much of each class was answered as which class. In a binary task class 0 is the negative
/// one and class 1 the positive one; a score at or above the threshold answers 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    classes: usize,
    cells: Vec<f64>,
    labelled: Vec<f64>,
    answered: Vec<f64>,
}

/// Up to so many classes the matrices of several resamples are counted at once.
const FEW_CLASSES: usize = 32;
/// Most classes of a matrix.
pub const MAX_CLASSES: usize = 4096;

impl Confusion {
    /// Adds up the rows: each counts its weight times `counts`. Labels are classes of the task.
    ///
    /// # Errors
    /// More than [`MAX_CLASSES`].
    pub fn of(sample: &Sample<'_>, counts: Option<&[u32]>) -> Result<Self, Undefined> {
        let mut out = Self::empty(sample.classes)?;
        let masses = Masses::new(sample, counts);
        masses.each(sample.rows(), |row, mass| out.cells[cell(sample, row)] += mass);
        Ok(out.summed())
    }

    /// As [`Self::of`], where the cell of each row is known.
    pub(super) fn of_cells(
        classes: usize,
        cells: &[u32],
        masses: Masses<'_>,
    ) -> Result<Self, Undefined> {
        let mut out = Self::empty(classes)?;
        masses.each(cells.len(), |row, mass| out.cells[cells[row] as usize] += mass);
        Ok(out.summed())
    }

    /// Of a binary task: the masses of negatives and positives, and those of them that are answered
    /// as positive.
    pub(super) fn set_binary(&mut self, all: [f64; 2], alarms: [f64; 2]) {
        let ([negatives, positives], [fp, tp]) = (all, alarms);
        self.cells.copy_from_slice(&[negatives - fp, fp, positives - tp, tp]);
        self.labelled.copy_from_slice(&all);
        self.answered.copy_from_slice(&[negatives - fp + positives - tp, fp + tp]);
    }

    /// Nothing counted yet.
    ///
    /// # Errors
    /// More than [`MAX_CLASSES`].
    pub(super) fn empty(classes: usize) -> Result<Self, Undefined> {
        if classes > MAX_CLASSES {
            return Err(Undefined::TooManyClasses { classes, most: MAX_CLASSES });
        }
        let [labelled, answered] = [vec![0.0; classes], vec![0.0; classes]];
        Ok(Self { classes, cells: vec![0.0; classes * classes], labelled, answered })
    }

    fn summed(mut self) -> Self {
        for label in 0..self.classes {
            for answer in 0..self.classes {
                let mass = self.cells[label * self.classes + answer];
                self.labelled[label] += mass;
                self.answered[answer] += mass;
            }
        }
        self
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Mass of the rows of class `label` that were answered as `answer`.
    pub fn cell(&self, label: usize, answer: usize) -> f64 {
        self.cells[label * self.classes + answer]
    }

    /// Mass of the rows of a class.
    pub fn labelled(&self, class: usize) -> f64 {
        self.labelled[class]
    }

    /// Mass of the rows that were answered as a class.
    pub fn answered(&self, class: usize) -> f64 {
        self.answered[class]
    }

    /// Mass of all rows.
    pub fn total(&self) -> f64 {
        self.labelled.iter().sum()
    }

    /// One class against all others.
    pub fn versus(&self, class: usize) -> Versus {
        self.versus_of(class, self.total())
    }

    fn versus_of(&self, class: usize, total: f64) -> Versus {
        let true_positives = self.cell(class, class);
        let (labelled, answered) = (self.labelled[class], self.answered[class]);
        let true_negatives = match self.classes {
            2 => self.cell(1 - class, 1 - class),
            _ => (total - labelled - answered + true_positives).max(0.0),
        };
        Versus {
            class,
            true_positives,
            false_positives: answered - true_positives,
            true_negatives,
            false_negatives: labelled - true_positives,
        }
    }

    /// A figure of the positive class of a binary task.
    ///
    /// # Errors
    /// As [`Self::check`], and as the figure.
    pub fn positive(
        &self,
        of: impl Fn(&Versus) -> Result<f64, Undefined>,
    ) -> Result<f64, Undefined> {
        self.check()?;
        of(&self.versus(1)).map_err(|why| match why {
            Undefined::NeverAnswered { .. } => Undefined::NoPredictedPositive,
            other => other,
        })
    }

    /// A figure of each class, averaged over those that occur as label or as answer.
    ///
    /// # Errors
    /// As [`Self::check`]; a class that counts has no such figure.
    pub fn averaged(
        &self,
        average: Average,
        of: impl Fn(&Versus) -> Result<f64, Undefined>,
    ) -> Result<f64, Undefined> {
        let total = self.check()?;
        let classes = (0..self.classes).map(|class| self.versus_of(class, total));
        average.of(classes.filter(Versus::occurs), of)
    }

    /// Share of right answers.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn accuracy(&self) -> Result<f64, Undefined> {
        let total = self.check()?;
        Ok(self.right() / total)
    }

    /// Mean of the recalls of the classes that have rows.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn balanced_accuracy(&self) -> Result<f64, Undefined> {
        self.check()?;
        let (mut sum, mut classes) = (0.0, 0.0);
        for class in 0..self.classes {
            let labelled = self.labelled(class);
            if labelled > 0.0 {
                sum += self.cell(class, class) / labelled;
                classes += 1.0;
            }
        }
        Ok(sum / classes)
    }

    /// Matthews' correlation coefficient; for several classes Gorodkin's (2004).
    ///
    /// # Errors
    /// As [`Self::check`]; an answer that is always the same.
    pub fn mcc(&self) -> Result<f64, Undefined> {
        let total = self.check()?;
        if self.answered.iter().filter(|mass| **mass > 0.0).count() < 2 {
            return Err(Undefined::ConstantPrediction);
        }
        // As shares of the whole, so that squares of large sums lose nothing.
        let (mut both, mut labels, mut answers) = (self.right() / total, 1.0, 1.0);
        for (class, answered) in self.answered.iter().enumerate() {
            let (labelled, answered) = (self.labelled(class) / total, answered / total);
            both -= labelled * answered;
            labels -= labelled * labelled;
            answers -= answered * answered;
        }
        Ok((both / (labels.sqrt() * answers.sqrt())).clamp(-1.0, 1.0))
    }

    /// Cohen's kappa: 1 − Σ w·observed / Σ w·expected, where `weight` says how bad it is to be off
    /// by a number of classes.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn kappa(&self, weight: impl Fn(usize) -> f64) -> Result<f64, Undefined> {
        let total = self.check()?;
        let (mut observed, mut expected) = (0.0, 0.0);
        for label in 0..self.classes {
            let labelled = self.labelled(label);
            for (answer, answered) in self.answered.iter().enumerate() {
                let weight = weight(label.abs_diff(answer));
                observed += weight * self.cell(label, answer);
                expected += weight * (labelled * answered);
            }
        }
        // Divided once, so that whole numbers of rows round nowhere else; of other masses the
        // lowest value may come out a rounding below it.
        let kappa = 1.0 - observed * total / expected;
        if expected > 0.0 { Ok(kappa.max(-1.0)) } else { Err(Undefined::NoRows) }
    }

    /// The mass of all rows, where at least two classes have some.
    ///
    /// # Errors
    /// No rows; one class only.
    pub fn check(&self) -> Result<f64, Undefined> {
        let mut present = (0..self.classes).filter(|class| self.labelled(*class) > 0.0);
        match (present.next(), present.next()) {
            (None, _) => Err(Undefined::NoRows),
            (Some(class), None) => Err(Undefined::OneClass { class }),
            _ => Ok(self.total()),
        }
    }

    fn right(&self) -> f64 {
        (0..self.classes).map(|class| self.cell(class, class)).sum()
    }
}

/// The place of a row in the matrix.
pub(super) fn cell(sample: &Sample<'_>, row: usize) -> usize {
    let (label, score) = (sample.labels[row], sample.scores[row]);
    match sample.task {
        Task::Multiclass => label as usize * sample.classes + score as usize,
        _ => 2 * usize::from(label == 1.0) + usize::from(score >= sample.threshold),
    }
}

/// Makes ready a metric that is read off the confusion matrix.
///
/// # Errors
/// Too many classes.
pub fn prepare<'a>(
    rows: &Rows<'a>,
    definition: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    rows.confusion()?;
    Ok(Box::new(Answered { rows: rows.clone(), definition }))
}

#[derive(Debug)]
struct Answered<'a> {
    rows: Rows<'a>,
    definition: &'static Definition,
}

impl Prepared for Answered<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let Definition { of_answers, parameter, .. } = self.definition;
        let of = of_answers.ok_or(Undefined::NoRows)?;
        let sample = self.rows.sample();
        match counts {
            None => of(self.rows.confusion()?, *parameter),
            Some(_) => {
                let masses = Masses::new(sample, counts);
                of(&Confusion::of_cells(sample.classes, self.rows.cells(), masses)?, *parameter)
            }
        }
    }

    fn before_resampling(&self) {
        self.rows.cells();
    }

    fn terms(&self) -> Vec<Term<'_>> {
        let sample = self.rows.sample();
        if sample.classes > FEW_CLASSES {
            return Vec::new();
        }
        vec![Term::mass(sample).in_slots(self.rows.cells(), sample.classes * sample.classes)]
    }

    fn lanes(&self, counts: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        let Definition { of_answers: Some(of), parameter, .. } = self.definition else {
            return [None; LANES];
        };
        let [cells] = found.sums[..] else {
            return one_by_one(counts, |counts| self.value(Some(counts)).ok());
        };
        std::array::from_fn(|l| {
            let mut confusion = Confusion::empty(self.rows.sample().classes).ok()?;
            confusion.cells = cells.iter().map(|sums| sums[l]).collect();
            of(&confusion.summed(), *parameter).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[f64; 2], counts: &[u32; 2]) -> Confusion {
        Confusion::of(&Sample::binary(&[1.0, 0.0], scores), Some(counts)).expect("two classes")
    }

    #[test]
    fn what_has_no_value_says_why() {
        let silent = of(&[0.1, 0.2], &[1, 1]);
        assert_eq!(silent.positive(Versus::precision), Err(Undefined::NoPredictedPositive));
        assert_eq!(silent.mcc(), Err(Undefined::ConstantPrediction));
        assert_eq!(silent.positive(|v| v.f(1.0)), Ok(0.0));
        let one = of(&[0.1, 0.2], &[2, 0]);
        assert_eq!(one.accuracy(), Err(Undefined::OneClass { class: 1 }));
    }

    #[test]
    fn a_class_that_is_never_answered_has_no_precision_but_a_recall() {
        let sample = Sample::multiclass(&[0.0, 1.0, 2.0], &[0.0, 1.0, 1.0], 4);
        let found = Confusion::of(&sample, None).expect("four classes");
        assert_eq!(
            found.averaged(Average::Macro, Versus::precision),
            Err(Undefined::NeverAnswered { class: 2 })
        );
        assert_eq!(found.averaged(Average::Macro, Versus::recall), Ok(2.0 / 3.0));
        assert_eq!(found.averaged(Average::Micro, Versus::precision), Ok(2.0 / 3.0));
        assert_eq!(found.balanced_accuracy(), Ok(2.0 / 3.0));
    }
}
