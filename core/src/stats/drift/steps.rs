//! What is known of a distribution function.

use std::borrow::Cow;

use crate::domain::profile::Distribution;

/// What is known of a distribution function: at each of these ascending values, its height just
/// below and at the value, out of `total`.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    pub(super) values: Vec<f64>,
    pub(super) below: Vec<u64>,
    pub(super) upto: Vec<u64>,
    pub(super) total: u64,
    /// Whether every value is known.
    pub(super) exact: bool,
    /// Most by which a height may be wrong, as a share.
    pub(super) rank_error: f64,
    /// The largest share between two known values.
    pub(super) gap: f64,
}

impl Steps {
    pub(super) fn of(distribution: &Distribution) -> Self {
        let points = distribution.points();
        let total = points.total();
        let share = |count: u64| if total > 0 { count as f64 / total as f64 } else { 0.0 };
        let mut steps = Self {
            values: Vec::with_capacity(points.points.len()),
            below: Vec::new(),
            upto: Vec::new(),
            total,
            exact: points.is_exact(),
            rank_error: share(points.error),
            gap: share(points.largest_gap()),
        };
        points.points.iter().for_each(|p| steps.push(p.value, p.below, p.upto));
        steps
    }

    fn push(&mut self, value: f64, below: u64, upto: u64) {
        match self.upto.last_mut() {
            Some(last) if self.values.last() == Some(&value) => *last = upto,
            _ => {
                self.values.push(value);
                self.below.push(below);
                self.upto.push(upto);
            }
        }
    }

    /// The values with how often they are there; `None` where only points are known.
    pub(super) fn counts(&self) -> Option<Vec<(f64, u64)>> {
        let before = [0].iter().chain(&self.upto);
        let each = self.values.iter().zip(&self.upto).zip(before);
        self.exact.then(|| each.map(|((value, upto), before)| (*value, upto - before)).collect())
    }

    /// Values that are a known one in single precision, and which one: a model that takes single
    /// precision logs 1/3 as 0.33333334, and that is no drift.
    fn spelt(&self) -> Vec<(f64, f64)> {
        let mut spelt: Vec<(f64, f64)> = Vec::new();
        for known in &self.values {
            let single = *known as f32;
            let decimal = single.to_string().parse().unwrap_or(*known);
            let others = [f64::from(single), decimal];
            spelt.extend(others.into_iter().filter(|o| o != known).map(|o| (o, *known)));
        }
        spelt.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        spelt
    }

    /// The sorted sample with values that are a known one in single precision set to that one.
    pub(super) fn snapped<'a>(&self, sorted: &'a [f64]) -> Cow<'a, [f64]> {
        let spelt = self.spelt();
        let occurs =
            |(other, _): &(f64, f64)| sorted.binary_search_by(|x| x.total_cmp(other)).is_ok();
        if !spelt.iter().any(occurs) {
            return Cow::Borrowed(sorted);
        }
        let mut snapped: Vec<f64> = sorted.iter().map(|x| known(&spelt, *x)).collect();
        snapped.sort_unstable_by(f64::total_cmp);
        Cow::Owned(snapped)
    }

    /// The same for known values of a sample.
    pub(super) fn snapped_steps(&self, sample: &Self) -> Self {
        let spelt = self.spelt();
        let mut snapped =
            Self { values: Vec::new(), below: Vec::new(), upto: Vec::new(), ..sample.clone() };
        for (i, value) in sample.values.iter().enumerate() {
            let value = known(&spelt, *value);
            let value = snapped.values.last().map_or(value, |last| value.max(*last));
            snapped.push(value, sample.below[i], sample.upto[i]);
        }
        snapped
    }

    /// The value at this share, straight between two known ones.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.total as f64;
        let at = self.upto.partition_point(|u| (*u as f64) < wanted).min(self.values.len() - 1);
        if at == 0 || wanted >= self.below[at] as f64 {
            return self.values[at];
        }
        let (from, to) = (self.upto[at - 1] as f64, self.below[at] as f64);
        let part = (wanted - from) / (to - from);
        self.values[at - 1] * (1.0 - part) + self.values[at] * part
    }

    /// How many are below, straight between two known values.
    pub(super) fn rank_below(&self, x: f64) -> f64 {
        match self.values.partition_point(|v| *v < x) {
            at if self.values.get(at) == Some(&x) => self.below[at] as f64,
            at => self.between(at, x),
        }
    }

    /// How many are not above, straight between two known values.
    pub(super) fn rank_upto(&self, x: f64) -> f64 {
        match self.values.partition_point(|v| *v < x) {
            at if self.values.get(at) == Some(&x) => self.upto[at] as f64,
            at => self.between(at, x),
        }
    }

    /// Between the value before `at` and that at `at`.
    fn between(&self, at: usize, x: f64) -> f64 {
        if at == 0 || at == self.values.len() {
            return if at == 0 { 0.0 } else { self.total as f64 };
        }
        let (from, to) = (self.upto[at - 1] as f64, self.below[at] as f64);
        let (low, high) = (self.values[at - 1] / 2.0, self.values[at] / 2.0);
        from + (to - from) * ((x / 2.0 - low) / (high - low))
    }

    /// The shares between which quantiles are compared: where only points are known, what is
    /// farthest out jumps from sample to sample and is left out.
    pub(super) fn inner(&self) -> (f64, f64) {
        if self.exact { (0.0, 1.0) } else { (0.005, 0.995) }
    }

    /// How far the values may lie from where they are taken to be, on average: each anywhere in its
    /// gap, between the [`Steps::inner`] shares; and what wrong counts make of that.
    pub(super) fn spread(&self) -> f64 {
        if self.exact {
            return 0.0;
        }
        let (low, high) = self.inner();
        let share = |count: u64| count as f64 / self.total as f64;
        let inside = (1..self.values.len())
            .map(|i| (i, share(self.upto[i - 1]).max(low), share(self.below[i]).min(high)))
            .filter(|(_, from, to)| from < to)
            .map(|(i, from, to)| (to - from) * (self.values[i] - self.values[i - 1]));
        inside.sum::<f64>() + self.rank_error * (self.quantile(high) - self.quantile(low))
    }
}

fn known(spelt: &[(f64, f64)], x: f64) -> f64 {
    match spelt.binary_search_by(|(other, _)| other.total_cmp(&x)) {
        Ok(at) => spelt[at].1,
        Err(_) => x,
    }
}
