//! A distribution as steps: how many values lie at each of some edges, and between each two.

use super::column::Column;
use super::quote::number;
use super::scope::{Scope, together};

/// A column and the edges that it is cut at.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    /// The column's number in the answer.
    pub place: usize,
    /// The column, one of numbers.
    pub column: &'a Column,
    /// Edges, ascending.
    pub edges: &'a [f64],
    /// Sums of x × 2^power − pivot and of its square are asked for: the power and the pivot.
    pub shifted: Option<(i32, f64)>,
}

/// Columns: the column's number `c`, the part `s`, the step `b`, its values `n`, the smallest `lo`
/// and the largest `hi` of them, their shifted sum `s1` and the sum of its squares `s2`. Step
/// 2 i + 1 is at edge i, step 2 i below it and above the one before.
pub fn steps(scope: Scope<'_>, cuts: &[Cut<'_>]) -> String {
    together(cuts.iter().map(|cut| {
        let (sum, squares) = sums(cut);
        format!(
            "SELECT {} AS c, {} AS s, b, COUNT(*) AS n, MIN(v0) AS lo, MAX(v0) AS hi, \
             {sum} AS s1, {squares} AS s2 FROM (SELECT v0, {} AS s, {} AS b FROM {} WHERE {}) AS r{}",
            cut.place,
            scope.part(),
            scope.part(),
            step(cut.edges, 0),
            scope.rows(&[cut.column]),
            scope.within(&cut.column.usable("v0")),
            scope.grouped(&["b"])
        )
    }))
}

fn sums(cut: &Cut<'_>) -> (String, String) {
    let Some((power, pivot)) = cut.shifted else {
        return ("0e0".to_owned(), "0e0".to_owned());
    };
    let scaled = match power {
        0 => "v0".to_owned(),
        power => format!("v0 * {}", number(2f64.powi(power))),
    };
    let off = format!("({scaled} - {})", signed(pivot));
    (format!("SUM({off})"), format!("SUM({off} * {off})"))
}

fn signed(value: f64) -> String {
    if value < 0.0 { format!("({})", number(value)) } else { number(value) }
}

/// The number of the step, by halves; `first` is the number of the first edge.
fn step(edges: &[f64], first: usize) -> String {
    if edges.is_empty() {
        return (2 * first).to_string();
    }
    let (below, rest) = edges.split_at(edges.len() / 2);
    let middle = number(rest[0]);
    let at = first + below.len();
    format!(
        "CASE WHEN v0 < {middle} THEN {} WHEN v0 = {middle} THEN {} ELSE {} END",
        step(below, first),
        2 * at + 1,
        step(&rest[1..], at + 1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_by_halves() {
        let found = step(&[-1.0, 0.0, 2.5], 0);
        assert_eq!(
            found,
            "CASE WHEN v0 < 0e0 THEN CASE WHEN v0 < -1e0 THEN 0 WHEN v0 = -1e0 THEN 1 ELSE 2 END \
             WHEN v0 = 0e0 THEN 3 ELSE CASE WHEN v0 < 2.5e0 THEN 4 WHEN v0 = 2.5e0 THEN 5 ELSE 6 \
             END END"
        );
    }
}
