//! Through the buckets in the order of the values.

use super::super::merged::steps;
use super::super::numeric::Groups;

/// The walk through the buckets.
pub(super) struct Walk<'a> {
    pub(super) ahead: i64,
    pub(super) largest: i64,
    pub(super) area: f64,
    /// Values of either sample passed.
    pub(super) upto: (u64, u64),
    /// Values of the opened buckets read.
    pub(super) read: (usize, usize),
    ranks: &'a [u64],
    ends: Vec<f64>,
    passed: Vec<(u64, u64)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(ranks: &'a [u64]) -> Self {
        Self {
            ahead: 0,
            largest: 0,
            area: 0.0,
            upto: (0, 0),
            read: (0, 0),
            ranks,
            ends: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Passes an opened bucket between its edges; the outermost two have one each.
    pub(super) fn inside(
        &mut self,
        before: &[f64],
        now: &[f64],
        (left, right): (Option<f64>, Option<f64>),
        (n, m): (i64, i64),
    ) {
        let product = (n * m) as f64;
        let mut last = left;
        for (value, a, b) in steps(before, now) {
            self.area += self.ahead.abs() as f64 / product * (value - last.unwrap_or(value));
            last = Some(value);
            self.ahead += a as i64 * m - b as i64 * n;
            self.largest = self.largest.max(self.ahead.abs());
            self.upto = (self.upto.0 + a, self.upto.1 + b);
            if self.ranks.first().is_some_and(|rank| *rank <= self.upto.0) {
                let reached = self.ranks.partition_point(|rank| *rank <= self.upto.0);
                self.ranks = &self.ranks[reached..];
                self.ends.push(value);
                self.passed.push(self.upto);
            }
        }
        if let (Some(last), Some(right)) = (last, right)
            && self.ahead != 0
        {
            self.area += self.ahead.abs() as f64 / product * (right - last);
        }
    }

    pub(super) fn groups(mut self, totals: (u64, u64)) -> Groups {
        if let Some(last) = self.passed.last_mut() {
            *last = totals;
        }
        let before = std::iter::once((0, 0)).chain(self.passed.iter().copied());
        let counts: Vec<(u64, u64)> = self
            .passed
            .iter()
            .zip(before)
            .map(|(to, from)| (to.0 - from.0, to.1 - from.1))
            .collect();
        Groups {
            ends: self.ends,
            baseline: counts.iter().map(|c| c.0).collect(),
            current: counts.iter().map(|c| c.1).collect(),
        }
    }
}
