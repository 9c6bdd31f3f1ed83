//! Values in new levels: how many more than were to be expected, and how likely that is.

use std::collections::BTreeMap;

use super::Levels;
use super::bound::{ln_at_least, ln_at_most};

/// Most by which chance may make any level more frequent than one that is called new.
const UNLIKELY: f64 = 0.001;
/// What counts as likely enough to be chance where two answers differ.
const SIGNIFICANT: f64 = 0.01;

/// What is new in the current data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Novelty {
    /// Share of its values in new levels beyond the share that was to be expected; 0 at the least.
    pub share: f64,
    /// A bound of the chance of so many.
    pub p_value: f64,
    /// New levels, the most frequent first.
    pub names: Vec<String>,
}

impl Levels<'_> {
    /// New levels and what is in them. `None` where a sample has no value.
    pub fn novelty(&self) -> Option<Novelty> {
        let (n, m) = self.totals();
        match n == 0 || m == 0 {
            true => None,
            false if self.is_exact() => Some(self.known_novelty(n as f64, m as f64)),
            false => Some(self.untold_novelty(n as f64, m as f64)),
        }
    }

    /// Every level is known.
    ///
    /// Expected is what the baseline foretells: the chance that the next value is a new one is about
    /// the share of its values that occurred once (Good 1953, after Turing).
    ///
    /// The p-value: that all t values of a level came into the current data, which holds the share q
    /// of all rows, has a chance of at most q^t, and such events of several levels are negatively
    /// associated (Joag-Dev and Proschan 1983), so that the values in new levels are at least v with
    /// a chance of at most min over θ of Π (1 − q^t + q^t e^{θt}) e^{−θv} (Chernoff 1952). That
    /// needs neither many rows nor that a name occurs once.
    fn known_novelty(&self, n: f64, m: f64) -> Novelty {
        let places = self.unnamed_before();
        let values: u64 = places.iter().map(|place| self.current[*place]).sum();
        let once = self.baseline.iter().filter(|count| **count == 1).count();
        let share = (values as f64 / m - once as f64 / n).max(0.0);
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        for place in 0..self.names.len() {
            *sizes.entry(self.pooled(place)).or_insert(0) += 1;
        }
        let p_value = all_of_one_side(&sizes, m / (n + m), values as f64);
        Novelty { share, p_value, names: self.named(places) }
    }

    /// Not every level is known: what is surely new, and what is no level that both samples surely
    /// name, whose share may have grown.
    ///
    /// A level that the baseline does not name has no more values there than [`super::Untold`] says.
    /// Where it has so many in the current data that this is not to be expected even of the largest
    /// such level, times the number of levels (Bonferroni), it is new. All levels that are not among
    /// the frequent ones of both samples together ([`Levels::frequent`]) are looked at as one: their
    /// rows are split between the samples by chance alone. The smaller p-value counts twice.
    fn untold_novelty(&self, n: f64, m: f64) -> Novelty {
        let share = m / (n + m);
        let most = self.untold.0.most as f64;
        let tests = (self.names.len().max(1) as f64).ln();
        let places = self.unnamed_before();
        let chance = |place: &usize| {
            let values = self.current[*place] as f64;
            tests + ln_at_least(values, most + values, share)
        };
        let surely: Vec<usize> =
            places.iter().copied().filter(|place| chance(place) <= UNLIKELY.ln()).collect();
        let beyond = |place: &usize| (self.current[*place] as f64 / m - most / n).max(0.0);
        let least = places.iter().map(chance).fold(0.0, f64::min);
        let new = (surely.iter().map(beyond).sum::<f64>(), least.exp());
        let grown = self.grown(n, m);
        let clear: Vec<f64> =
            [new, grown].iter().filter(|(_, p)| *p <= SIGNIFICANT).map(|(s, _)| *s).collect();
        let likely = if new.1 < grown.1 { new.0 } else { grown.0 };
        let share =
            clear.into_iter().fold(None, |most: Option<f64>, s| Some(most.map_or(s, |m| m.max(s))));
        let names = if surely.is_empty() { places } else { surely };
        Novelty {
            share: share.unwrap_or(likely).max(0.0),
            p_value: (2.0 * new.1.min(grown.1)).min(1.0),
            names: self.named(names),
        }
    }

    /// How much the share of what is no level that both surely name has grown, and the chance of it.
    fn grown(&self, n: f64, m: f64) -> (f64, f64) {
        let (mut before, mut now) = (0, 0);
        for place in self.frequent().into_iter().filter(|place| self.baseline[*place] > 0) {
            before += self.before(place).0;
            now += self.now(place).1;
        }
        let (before, now) = ((n - before as f64).max(0.0), (m - now as f64).max(0.0));
        let share = m / (n + m);
        let together = before + now;
        let among = ln_at_least(now, together, share);
        let others = ln_at_most(m - now, n + m - together, share);
        (now / m - before / n, among.min(others).exp())
    }

    /// Levels of the current data that the baseline does not name, the most frequent first.
    fn unnamed_before(&self) -> Vec<usize> {
        let new = |place: &usize| self.baseline[*place] == 0 && self.current[*place] > 0;
        let mut places: Vec<usize> = (0..self.names.len()).filter(new).collect();
        places.sort_by(|a, b| {
            self.current[*b].cmp(&self.current[*a]).then_with(|| self.names[*a].cmp(self.names[*b]))
        });
        places
    }

    fn named(&self, places: Vec<usize>) -> Vec<String> {
        places.into_iter().map(|place| self.names[place].to_owned()).collect()
    }
}

/// Bound of the chance that the levels that lie wholly in the sample that holds `share` of all rows
/// have `values` values or more; `sizes`: how many levels have how many values in both together.
fn all_of_one_side(sizes: &BTreeMap<u64, u64>, share: f64, values: f64) -> f64 {
    let all: Vec<(f64, f64)> = sizes.iter().map(|(t, f)| (*t as f64, *f as f64)).collect();
    // The slope at θ: expected values in levels that lie wholly there, under the tilted chances.
    let slope = |theta: f64| {
        let part = |(t, f): &(f64, f64)| {
            let (there, not) = (t * (share.ln() + theta), (-share.powf(*t)).ln_1p());
            f * t / (1.0 + (not - there).exp())
        };
        all.iter().map(part).sum::<f64>() - values
    };
    if slope(0.0) >= 0.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while slope(high) < 0.0 && high < 1e3 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if slope(middle) < 0.0 { low = middle } else { high = middle }
    }
    let part = |(t, f): &(f64, f64)| {
        let there = t * (share.ln() + low);
        let not = (-share.powf(*t)).ln_1p();
        let larger = there.max(not);
        f * (larger + (-(there - not).abs()).exp().ln_1p())
    };
    (all.iter().map(part).sum::<f64>() - low * values).min(0.0).exp()
}
