//! Categories of both samples by one set of levels.

use std::collections::HashMap;

/// What one sample does not tell of its levels; nothing where every value is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Untold {
    /// Values in levels that it does not name.
    pub values: u64,
    /// Most values that one of these levels may have.
    pub most: u64,
    /// Most values that a level that it names may have beyond its count.
    pub undercount: u64,
}

/// Levels that either sample names, with their values in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels<'a> {
    /// Their names.
    pub names: Vec<&'a str>,
    /// Values of each in the baseline.
    pub baseline: Vec<u64>,
    /// Values of each in the current data.
    pub current: Vec<u64>,
    /// What either does not tell.
    pub untold: (Untold, Untold),
}

impl<'a> Levels<'a> {
    /// Puts the levels of both together, those of the baseline first.
    pub fn of(
        baseline: impl Iterator<Item = (&'a str, u64)>,
        current: impl Iterator<Item = (&'a str, u64)>,
        untold: (Untold, Untold),
    ) -> Self {
        let mut levels = Self { untold, ..Self::default() };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (name, count) in baseline.filter(|(_, count)| *count > 0) {
            places.insert(name, levels.names.len());
            levels.push(name, count, 0);
        }
        for (name, count) in current.filter(|(_, count)| *count > 0) {
            match places.get(name) {
                Some(place) => levels.current[*place] += count,
                None => levels.push(name, 0, count),
            }
        }
        levels
    }

    fn push(&mut self, name: &'a str, before: u64, now: u64) {
        self.names.push(name);
        self.baseline.push(before);
        self.current.push(now);
    }

    /// Values of the baseline and of the current data.
    pub(super) fn totals(&self) -> (u64, u64) {
        let sum = |counts: &[u64]| counts.iter().sum::<u64>();
        (sum(&self.baseline) + self.untold.0.values, sum(&self.current) + self.untold.1.values)
    }

    /// Whether every value of both is known.
    pub(super) fn is_exact(&self) -> bool {
        self.untold == (Untold::default(), Untold::default())
    }

    /// Fewest and most values that a level may have in the baseline.
    pub(super) fn before(&self, place: usize) -> (u64, u64) {
        range(self.baseline[place], self.untold.0)
    }

    /// Fewest and most values that a level may have in the current data.
    pub(super) fn now(&self, place: usize) -> (u64, u64) {
        range(self.current[place], self.untold.1)
    }

    /// Values of a level in both, as far as they are told.
    pub(super) fn pooled(&self, place: usize) -> u64 {
        self.baseline[place] + self.current[place]
    }
}

fn range(count: u64, untold: Untold) -> (u64, u64) {
    if count == 0 { (0, untold.most) } else { (count, count + untold.undercount) }
}
