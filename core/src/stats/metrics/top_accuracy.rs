//! `top-2-accuracy`: share of the rows whose class is among the most probable ones.

use super::definition::{Definition, Prepared};
use super::family::Family;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Rows, Sample, Undefined};

/// `top-2-accuracy`
pub const DEFINITION: Definition = Definition::new(
    "top-2-accuracy",
    "Share of the rows whose class is one of the two most probable",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    prepare,
)
.with(2.0)
.of_probabilities();

/// `top-3-accuracy`, `top-5-accuracy` and so on.
pub const FAMILY: Family = Family {
    before: "top-",
    after: "-accuracy",
    letter: "K",
    about: "Share of the rows whose class is one of the K most probable",
    allowed: "K is a whole number from 1 to 1000",
    allows: |k| (1.0..=1000.0).contains(&k) && k.fract() == 0.0,
    base: &DEFINITION,
};

fn prepare<'a>(
    rows: &Rows<'a>,
    definition: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    let (k, classes) = (definition.parameter as usize, rows.sample().classes);
    if k >= classes {
        return Err(Undefined::TopK { k, classes });
    }
    Losses::boxed(rows, move |sample, row| f64::from(u8::from(place(sample, row) < k)))
}

/// How many classes come before that of the label. Of equally probable ones the last comes first,
/// as in scikit-learn.
fn place(sample: &Sample<'_>, row: usize) -> usize {
    let label = sample.labels[row] as usize;
    let of_row = &sample.probabilities.unwrap_or_default()[row * sample.classes..];
    let own = of_row[label];
    let before = |(class, p): &(usize, &f64)| **p > own || (**p == own && *class > label);
    of_row[..sample.classes].iter().enumerate().filter(before).count()
}
