//! One class against all others, and how the figures of several classes become one.

use super::undefined::Undefined;

/// One class against all others, as sums of weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Versus {
    /// The class.
    pub class: usize,
    /// Rows of the class that are answered as such.
    pub true_positives: f64,
    /// Other rows that are answered as the class.
    pub false_positives: f64,
    /// Other rows that are answered as something else.
    pub true_negatives: f64,
    /// Rows of the class that are answered as something else.
    pub false_negatives: f64,
}

impl Versus {
    /// Whether the class occurs, as a label or as an answer.
    pub fn occurs(&self) -> bool {
        self.true_positives + self.false_positives + self.false_negatives > 0.0
    }

    /// Mass of the rows of the class.
    pub fn support(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// Share of what is answered as the class that is of it.
    ///
    /// # Errors
    /// The class is never answered.
    pub fn precision(&self) -> Result<f64, Undefined> {
        let answered = self.true_positives + self.false_positives;
        share(self.true_positives, answered).ok_or(Undefined::NeverAnswered { class: self.class })
    }

    /// Share of the class that is answered as such.
    ///
    /// # Errors
    /// No row is of the class.
    pub fn recall(&self) -> Result<f64, Undefined> {
        share(self.true_positives, self.support())
            .ok_or(Undefined::MissingClass { class: self.class })
    }

    /// Share of the others that are answered as something else.
    ///
    /// # Errors
    /// All rows are of the class.
    pub fn specificity(&self) -> Result<f64, Undefined> {
        share(self.true_negatives, self.true_negatives + self.false_positives)
            .ok_or(Undefined::OneClass { class: self.class })
    }

    /// F-beta: (1 + β²) TP / ((1 + β²) TP + β² FN + FP). Recall counts β times as much as precision.
    ///
    /// # Errors
    /// The class does not occur at all.
    pub fn f(&self, beta: f64) -> Result<f64, Undefined> {
        let square = beta * beta;
        let right = (1.0 + square) * self.true_positives;
        share(right, right + square * self.false_negatives + self.false_positives)
            .ok_or(Undefined::MissingClass { class: self.class })
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// How the figures of several classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// Mean over the classes, each counting the same.
    Macro,
    /// Of the sums over all classes.
    Micro,
    /// Mean over the classes, each counting as many rows as it has.
    Weighted,
}

impl Average {
    /// The average of a figure over classes that occur.
    ///
    /// # Errors
    /// A class that counts has no such figure; there are no classes.
    pub fn of(
        self,
        classes: impl Iterator<Item = Versus>,
        figure: impl Fn(&Versus) -> Result<f64, Undefined>,
    ) -> Result<f64, Undefined> {
        if self == Self::Micro {
            return figure(&classes.reduce(added).ok_or(Undefined::NoRows)?);
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for class in classes {
            let weight = if self == Self::Weighted { class.support() } else { 1.0 };
            if weight > 0.0 {
                sum += weight * figure(&class)?;
                total += weight;
            }
        }
        share(sum, total).ok_or(Undefined::NoRows)
    }
}

fn added(a: Versus, b: Versus) -> Versus {
    Versus {
        class: a.class,
        true_positives: a.true_positives + b.true_positives,
        false_positives: a.false_positives + b.false_positives,
        true_negatives: a.true_negatives + b.true_negatives,
        false_negatives: a.false_negatives + b.false_negatives,
    }
}
