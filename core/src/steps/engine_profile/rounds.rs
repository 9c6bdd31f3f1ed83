//! Counts the distributions of numbers of many values, round after round.

use std::collections::HashMap;

use super::ask::{Ask, Parts, changed};
use super::edges::{Known, Step, first};
use super::look::{Seen, parts};
use crate::domain::error::{Error, Result};
use crate::sql::{self, Column, Cut, Scope};
use crate::stats::sketch::counted::Shifted;

/// Columns that one query is about.
const COLUMNS: usize = 12;
/// Most rounds; few distributions need more than three.
const ROUNDS: usize = 6;

/// A column to count in rounds.
pub(super) struct Wanted<'a> {
    pub(super) place: usize,
    pub(super) column: &'a Column,
    pub(super) seen: &'a Seen,
    /// Values that many rows have.
    pub(super) frequent: Vec<f64>,
}

/// How a column was cut, for its parts.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) edges: Vec<f64>,
    pub(super) power: i32,
    pub(super) pivot: f64,
}

/// What was counted of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Distributed {
    pub(super) known: Known,
    pub(super) shifted: Shifted,
}

/// Counts whole columns.
pub(super) fn whole(
    ask: &Ask<'_>,
    scope: Scope<'_>,
    wanted: &[Wanted<'_>],
) -> Result<HashMap<usize, Distributed>> {
    let mut all: HashMap<usize, Distributed> =
        wanted.iter().map(|w| (w.place, Distributed::default())).collect();
    for round in 0..ROUNDS {
        let mut plans = Vec::new();
        for w in wanted {
            let known = &all[&w.place].known;
            let edges = match round {
                0 => first(w.seen.min, w.seen.max, &w.frequent),
                _ => known.next(),
            };
            // The second round adds the values up, with the middle that the first one found.
            let power = power(w.seen);
            let pivot = (round == 1).then(|| (power, libm::scalbn(known.median(), power)));
            if !edges.is_empty() || pivot.is_some() {
                plans.push((w, edges, pivot));
            }
        }
        if plans.is_empty() {
            break;
        }
        let cuts: Vec<Cut<'_>> = plans
            .iter()
            .map(|(w, edges, shifted)| Cut {
                place: w.place,
                column: w.column,
                edges,
                shifted: *shifted,
            })
            .collect();
        let mut found = counted(ask, scope, &cuts)?;
        for (w, edges, shifted) in &plans {
            let own = found.remove(&w.place).and_then(|mut parts| parts.remove(""));
            let own = own.unwrap_or_default();
            let column = all.entry(w.place).or_default();
            take(column, own, edges, *shifted, w.seen, w.column)?;
        }
    }
    Ok(all)
}

/// Counts the parts of columns, each cut as the whole was.
pub(super) fn by_part(
    ask: &Ask<'_>,
    scope: Scope<'_>,
    wanted: &[(usize, &Column, &Plan)],
    seen: &[Parts<Seen>],
) -> Result<HashMap<usize, Parts<Distributed>>> {
    let cuts: Vec<Cut<'_>> = wanted
        .iter()
        .map(|(place, column, plan)| Cut {
            place: *place,
            column,
            edges: &plan.edges,
            shifted: Some((plan.power, plan.pivot)),
        })
        .collect();
    let mut found = counted(ask, scope, &cuts)?;
    let mut all = HashMap::new();
    for (place, column, plan) in wanted {
        let mut own = Parts::new();
        for (part, steps) in found.remove(place).unwrap_or_default() {
            let Some(seen) = seen[*place].get(&part) else { return Err(changed()) };
            let mut distributed = Distributed::default();
            let shifted = Some((plan.power, plan.pivot));
            take(&mut distributed, steps, &plan.edges, shifted, seen, column)?;
            own.insert(part, distributed);
        }
        all.insert(*place, own);
    }
    Ok(all)
}

/// The steps of a column in one part, with their shifted sums.
#[derive(Debug, Default)]
struct Counted {
    steps: Vec<Step>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

fn counted(
    ask: &Ask<'_>,
    scope: Scope<'_>,
    cuts: &[Cut<'_>],
) -> Result<HashMap<usize, Parts<Counted>>> {
    let mut all: HashMap<usize, Parts<Counted>> = HashMap::new();
    ask.each(
        cuts,
        COLUMNS,
        |some| sql::steps(scope, some),
        |answer| {
            let places = answer.counts("c")?.into_iter().zip(parts(&answer, scope)?);
            let (numbers, counts) = (answer.counts("b")?, answer.counts("n")?);
            let (lo, hi) = (answer.numbers("lo")?, answer.numbers("hi")?);
            let (sums, squares) = (answer.numbers("s1")?, answer.numbers("s2")?);
            for (row, (c, part)) in places.enumerate() {
                let own = all.entry(c as usize).or_default().entry(part).or_default();
                own.steps.push(Step {
                    number: numbers[row],
                    count: counts[row],
                    lo: lo[row],
                    hi: hi[row],
                });
                own.sums.push(sums[row]);
                own.squares.push(squares[row]);
            }
            Ok(())
        },
    )?;
    Ok(all)
}

fn take(
    column: &mut Distributed,
    found: Counted,
    edges: &[f64],
    shifted: Option<(i32, f64)>,
    seen: &Seen,
    of: &Column,
) -> Result<()> {
    let total: u64 = found.steps.iter().map(|s| s.count).sum();
    let outside = found.steps.iter().any(|s| !(seen.min <= s.lo && s.hi <= seen.max));
    if total != seen.count || outside {
        return Err(changed());
    }
    if let Some((power, pivot)) = shifted {
        let mut sums = found.sums.iter().chain(&found.squares);
        if !sums.all(|x| x.is_finite()) {
            return Err(Error::unavailable(format!(
                "the engine cannot add up column `{}`",
                of.name
            ))
            .hint("leave it out with --ignore, or scale it with --query"));
        }
        column.shifted = Shifted { pivot, power, sums: found.sums, squares: found.squares };
    }
    column.known.add(edges, found.steps);
    Ok(())
}

/// The power of two that keeps squares of such numbers in the range of doubles.
fn power(seen: &Seen) -> i32 {
    let largest = seen.min.abs().max(seen.max.abs());
    match libm::ilogb(largest) {
        -300..=300 => 0,
        exponent => (-exponent).clamp(-1022, 1022),
    }
}
