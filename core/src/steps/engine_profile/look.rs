//! The first look at every column: counts, extremes, and how many distinct values there are.

use super::ask::{Ask, Parts, changed};
use super::values::spelled;
use crate::data::answer::Answer;
use crate::data::table::is_null;
use crate::domain::error::Result;
use crate::domain::profile::Lengths;
use crate::sql::{self, Column, Scope};

/// Columns that one look is about.
const COLUMNS: usize = 25;
/// Columns whose distinct values one query counts.
const DISTINCT: usize = 16;

/// What the first look tells of one column in one part of the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) rows: u64,
    /// Usable values.
    pub(super) count: u64,
    pub(super) nan: u64,
    pub(super) plus: u64,
    pub(super) minus: u64,
    pub(super) zeros: u64,
    pub(super) negative: u64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) lengths: Lengths,
    pub(super) distinct: u64,
}

/// The rows of each part, and what each column has in it.
pub(super) type Looked = (Parts<u64>, Vec<Parts<Seen>>);

pub(super) fn look(ask: &Ask<'_>, scope: Scope<'_>, columns: &[Column]) -> Result<Looked> {
    let mut all: Vec<Parts<Seen>> = Vec::with_capacity(columns.len());
    let mut rows: Option<Parts<u64>> = None;
    for chunk in columns.chunks(COLUMNS) {
        let asked: Vec<&Column> = chunk.iter().collect();
        let answer = ask.ask(&sql::survey(scope, &asked))?;
        let parts = parts(&answer, scope)?;
        let counted: Parts<u64> = parts.iter().cloned().zip(answer.counts("n")?).collect();
        if rows.get_or_insert_with(|| counted.clone()) != &counted {
            return Err(changed());
        }
        for (i, column) in chunk.iter().enumerate() {
            all.push(parts.iter().cloned().zip(seen(&answer, i, column)?).collect());
        }
    }
    let places: Vec<(usize, &Column)> = columns.iter().enumerate().collect();
    ask.each(
        &places,
        DISTINCT,
        |some| sql::distinct(scope, some),
        |answer| {
            let found = answer.counts("c")?.into_iter().zip(parts(&answer, scope)?);
            for ((c, part), n) in found.zip(answer.counts("n")?) {
                if let Some(seen) = all.get_mut(c as usize).and_then(|p| p.get_mut(&part)) {
                    seen.distinct = n;
                }
            }
            Ok(())
        },
    )?;
    Ok((rows.unwrap_or_default(), all))
}

/// The name of the part of each row of an answer.
pub(super) fn parts(answer: &Answer, scope: Scope<'_>) -> Result<Vec<String>> {
    let texts = answer.texts("s")?.into_iter().map(Option::unwrap_or_default);
    Ok(match scope.by {
        Some(by) => texts.map(|text| spelled(by.spelling(), text)).collect(),
        None => texts.collect(),
    })
}

fn seen(answer: &Answer, i: usize, column: &Column) -> Result<Vec<Seen>> {
    let rows = answer.counts("n")?;
    let there = answer.counts(&format!("c{i}"))?;
    let mut all: Vec<Seen> = rows
        .iter()
        .zip(&there)
        .map(|(rows, count)| Seen { rows: *rows, count: *count, ..Seen::default() })
        .collect();
    type Field = fn(&mut Seen) -> &mut u64;
    let float = column.source == sql::Source::Float;
    let of_numbers: [(&str, Field); 5] = [
        ("zeros", |s| &mut s.zeros),
        ("negative", |s| &mut s.negative),
        ("nan", |s| &mut s.nan),
        ("plus", |s| &mut s.plus),
        ("minus", |s| &mut s.minus),
    ];
    let of_text: [(&str, Field); 3] = [
        ("lo", |s| &mut s.lengths.min),
        ("hi", |s| &mut s.lengths.max),
        ("total", |s| &mut s.lengths.total),
    ];
    let fields = match (column.is_number(), float) {
        (true, true) => &of_numbers[..],
        (true, false) => &of_numbers[..2],
        (false, _) => &of_text[..],
    };
    for (name, field) in fields {
        for (seen, count) in all.iter_mut().zip(answer.counts(&format!("{name}{i}"))?) {
            *field(seen) = count;
        }
    }
    if column.is_number() {
        let (lo, hi) = (answer.numbers(&format!("lo{i}"))?, answer.numbers(&format!("hi{i}"))?);
        for (seen, (lo, hi)) in all.iter_mut().zip(lo.into_iter().zip(hi)) {
            seen.count -= (seen.nan + seen.plus + seen.minus).min(seen.count);
            if !is_null(lo) && !is_null(hi) {
                (seen.min, seen.max) = (lo, hi);
            }
        }
    }
    Ok(all)
}
