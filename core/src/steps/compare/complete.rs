//! Rows that have a value in every column: Azure Machine Learning looks at no others.

use rayon::prelude::*;

use super::run::{CompareInput, judged};
use super::side::Side;
use super::times::Done;
use crate::data::{Categories, Values};
use crate::domain::error::Result;
use crate::stats::drift::presets::complete_rows;

/// Places of rows in the baseline and in the current data.
pub(super) type Rows = (Vec<usize>, Vec<usize>);

/// The rows of either side that have a value in every column that is compared.
pub(super) fn complete(
    (before, now): (&Side, &Side),
    names: &[String],
    current: &[String],
    input: &CompareInput<'_>,
    findings: &mut Vec<String>,
) -> Result<Rows> {
    let is_compared = |name: &&String| -> Result<bool> {
        if !before.may_hold_times(name) && !now.may_hold_times(name) {
            return Ok(true);
        }
        let (a, b) = (before.column(name)?, now.column(name)?);
        Ok(!matches!(judged((before, &a), (now, &b), name, input), Done::LeftOut(_)))
    };
    let mut shared = Vec::new();
    for name in names.iter().filter(|n| current.contains(n)) {
        if is_compared(&name)? {
            shared.push(name);
        }
    }
    let of = |side: &Side| -> Result<Vec<usize>> {
        let present = |name: &&String| side.column(name).map(|values| present(&values));
        let columns: Vec<Vec<bool>> = shared.par_iter().map(present).collect::<Result<_>>()?;
        Ok(complete_rows(&columns, usize::try_from(side.rows()).unwrap_or(0)))
    };
    let kept = (of(before)?, of(now)?);
    for (side, rows, kept) in
        [("baseline", before.rows(), kept.0.len()), ("current data", now.rows(), kept.1.len())]
    {
        if rows > kept as u64 {
            findings.push(format!("rows-dropped: {kept} of {rows} rows of the {side} have a value in every column; Azure Machine Learning looks at no others"));
        }
    }
    Ok(kept)
}

fn present(values: &Values) -> Vec<bool> {
    match values {
        Values::Number(v) => v.iter().map(|x| x.is_finite()).collect(),
        Values::Category(c) => c.codes.iter().map(|code| *code != Categories::NULL).collect(),
    }
}

/// The values of these rows.
pub(super) fn only(values: &Values, rows: &[usize]) -> Values {
    match values {
        Values::Number(v) => Values::Number(rows.iter().map(|r| v[*r]).collect()),
        Values::Category(c) => Values::Category(Categories {
            levels: c.levels.clone(),
            codes: rows.iter().map(|r| c.codes[*r]).collect(),
        }),
    }
}
