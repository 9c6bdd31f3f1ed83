//! What a model answered to all rows, output by output.

use crate::domain::error::{Error, Result};
use crate::ports::scorer::{Tensor, Values};

/// Most values that an output may give for one row: more is no score but a picture of the row.
const WIDEST: usize = 10_000;

/// One output over all rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    /// Its name; a server that gives none leaves it empty.
    pub(super) name: String,
    /// Values for each row.
    pub(super) width: usize,
    /// The values, row after row.
    pub(super) values: Values,
}

impl Output {
    fn empty(like: &Tensor, width: usize) -> Self {
        let values = match like.values {
            Values::Numbers(_) => Values::Numbers(Vec::new()),
            Values::Integers(_) => Values::Integers(Vec::new()),
            Values::Text(_) => Values::Text(Vec::new()),
        };
        Self { name: like.name.clone(), width, values }
    }

    /// As `name FP[3]`, for lists.
    pub(super) fn described(&self) -> String {
        let kind = match self.values {
            Values::Numbers(_) => "numbers",
            Values::Integers(_) => "whole numbers",
            Values::Text(_) => "text",
        };
        let name = if self.name.is_empty() { "the answer" } else { &self.name };
        format!("{name} ({} × {kind})", self.width)
    }

    /// Adds the answer to more rows; where whole numbers and numbers meet, all become numbers.
    fn add(&mut self, more: Values) -> Option<()> {
        let widened = |all: &[i64]| all.iter().map(|x| *x as f64).collect::<Vec<f64>>();
        match (&mut self.values, more) {
            (Values::Numbers(all), Values::Numbers(more)) => all.extend(more),
            (Values::Integers(all), Values::Integers(more)) => all.extend(more),
            (Values::Text(all), Values::Text(more)) => all.extend(more),
            (Values::Numbers(all), Values::Integers(more)) => all.extend(widened(&more)),
            (Values::Integers(all), Values::Numbers(more)) => {
                let mut numbers = widened(all);
                numbers.extend(more);
                self.values = Values::Numbers(numbers);
            }
            _ => return None,
        }
        Some(())
    }
}

/// Puts the answers to the batches below each other; each has as many rows as `rows` says.
///
/// # Errors
/// No output has a value for every row; batches that are answered in different shapes.
pub(super) fn together(batches: Vec<(usize, Vec<Tensor>)>, model: &str) -> Result<Vec<Output>> {
    let mut outputs: Vec<Output> = Vec::new();
    let mut odd = Vec::new();
    for (number, (rows, tensors)) in batches.into_iter().enumerate() {
        for tensor in tensors {
            let Some(width) = width(&tensor, rows) else {
                odd.push(format!("`{}` has shape {:?} for {rows} rows", tensor.name, tensor.shape));
                outputs.retain(|output| output.name != tensor.name);
                continue;
            };
            if number == 0 {
                outputs.push(Output::empty(&tensor, width));
            }
            let Some(output) = outputs.iter_mut().find(|o| o.name == tensor.name) else { continue };
            if output.width != width || output.add(tensor.values).is_none() {
                let name = &tensor.name;
                let message = format!("{model} answers `{name}` in another shape for other rows");
                return Err(
                    Error::input(message).hint("a model gives each row the same kind of answer")
                );
            }
        }
    }
    match odd.first() {
        Some(odd) if outputs.is_empty() => {
            Err(Error::input(format!("{model} does not answer row by row: {odd}"))
                .hint("a model that scores gives every row an answer of its own"))
        }
        _ => Ok(outputs),
    }
}

/// Values for each row; none where that is not clear.
fn width(tensor: &Tensor, rows: usize) -> Option<usize> {
    let width: usize = match tensor.shape.as_slice() {
        [] if rows == 1 => 1,
        [first, rest @ ..] if *first == rows => rest.iter().product(),
        _ => return None,
    };
    (1..=WIDEST).contains(&width).then_some(width)
}
