//! Which levels are compared on their own, and their counts.

use super::Levels;
use super::bound::ln_at_most;

/// Values that either sample should hold of a level, by what both hold together: as many as the
/// chi-squared test asks for (Cochran 1954).
const FEWEST: f64 = 5.0;
/// Where nothing changed, PSI is about (k − 1)(1/n + 1/m) for k levels (Yurdakul and Naranjo 2020,
/// *Statistical properties of the population stability index*): levels are so few that this is at
/// most so much, half of the default threshold. The Jensen-Shannon distance is then about 0.13.
const BY_CHANCE: f64 = 0.1;
/// Chance that any level of which a sample tells nothing is taken for one that has few values there.
const UNLIKELY: f64 = 0.001;
/// Name of the levels that are counted together.
const REST: &str = "(other)";

/// Counts of both samples in the same bins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    /// The levels, and last the rest.
    pub names: Vec<String>,
    /// Values of the baseline in each.
    pub baseline: Vec<u64>,
    /// Values of the current data in each.
    pub current: Vec<u64>,
    /// Share of the baseline's values in the rest.
    pub rest: f64,
}

impl Levels<'_> {
    /// Levels that are frequent enough in both samples together to be compared on their own, the
    /// most frequent first.
    ///
    /// Where a sample does not name every level, a level has to be so frequent in both together that
    /// one with no more values than an unnamed one may have there is not to be expected: all such
    /// levels are then named, and which they are hangs on no sample alone.
    pub(super) fn frequent(&self) -> Vec<usize> {
        let (n, m) = self.totals();
        let all = (n + m) as f64;
        let allowed = (UNLIKELY / self.names.len().max(1) as f64).ln();
        let least = (FEWEST * all / n.min(m) as f64)
            .max(beyond(self.untold.0.most, n as f64 / all, allowed))
            .max(beyond(self.untold.1.most, m as f64 / all, allowed));
        let enough = |place: &usize| self.pooled(*place) as f64 >= least;
        let mut places: Vec<usize> = (0..self.names.len()).filter(enough).collect();
        places.sort_by(|a, b| {
            self.pooled(*b).cmp(&self.pooled(*a)).then_with(|| self.names[*a].cmp(self.names[*b]))
        });
        places
    }

    /// Both samples counted by the most frequent levels of both together, the rest as one. `None`
    /// where a sample has no value, or no level is frequent enough to be told from the others.
    ///
    /// Where a count is known to within an error, it is the one of those allowed that is nearest to
    /// what the other sample foretells: what is not known is never taken for a change.
    pub fn counted(&self) -> Option<Counted> {
        let (n, m) = self.totals();
        if n == 0 || m == 0 {
            return None;
        }
        let (n, m) = (n as f64, m as f64);
        let mut own = self.frequent();
        let most = BY_CHANCE * n * m / (n + m);
        own.truncate((most as usize).max(2));
        if own.is_empty() && (self.names.len() > 1 || !self.is_exact()) {
            return None;
        }
        let mut found = Counted::default();
        let (mut before, mut now) = ((0, 0), (0, 0));
        for place in own {
            let (a, b) = (self.before(place), self.now(place));
            let known = nearest(a, b.0 as f64 * n / m);
            found.names.push(self.names[place].to_owned());
            found.baseline.push(known);
            found.current.push(nearest(b, known as f64 * m / n));
            before = (before.0 + a.0, before.1 + a.1);
            now = (now.0 + b.0, now.1 + b.1);
        }
        let left = |total: f64, (low, high): (u64, u64)| {
            ((total as u64).saturating_sub(high), (total as u64).saturating_sub(low))
        };
        let (a, b) = (left(n, before), left(m, now));
        let rest = nearest(a, b.1 as f64 * n / m);
        let rest = (rest, nearest(b, rest as f64 * m / n));
        if rest != (0, 0) {
            found.names.push(REST.to_owned());
            found.baseline.push(rest.0);
            found.current.push(rest.1);
        }
        found.rest = rest.0 as f64 / n;
        Some(found)
    }
}

/// Values that a level has in both samples together where no more than `most` in the sample that
/// holds `share` of all rows are not to be expected.
fn beyond(most: u64, share: f64, allowed: f64) -> f64 {
    if most == 0 {
        return 0.0;
    }
    let unlikely = |values: f64| ln_at_most(most as f64, values, share) <= allowed;
    let mut low = most as f64 / share;
    let mut high = 2.0 * low;
    while !unlikely(high) && high.is_finite() {
        high *= 2.0;
    }
    while high - low > 0.5 {
        let middle = f64::midpoint(low, high);
        if unlikely(middle) { high = middle } else { low = middle }
    }
    high
}

fn nearest((low, high): (u64, u64), wanted: f64) -> u64 {
    (wanted.round() as u64).clamp(low, high)
}
