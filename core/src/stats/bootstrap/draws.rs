//! The values of a statistic over the resamples, and the interval that follows from them.

use crate::domain::verdict::Interval;
use crate::stats::normal;
use crate::stats::undefined::Undefined;

/// Largest share of resamples without a value, such as those with one class only.
const MAX_UNDEFINED: f64 = 0.05;

/// Values of a statistic over the resamples, ascending.
#[derive(Debug)]
pub(super) struct Draws(Vec<f64>);

impl Draws {
    /// The values of `resamples` resamples, of which some may have none.
    pub(super) fn new(mut values: Vec<f64>, resamples: usize) -> Result<Self, Undefined> {
        let undefined = resamples - values.len();
        if undefined as f64 > MAX_UNDEFINED * resamples as f64 {
            return Err(Undefined::Resamples { undefined, resamples });
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self(values))
    }

    /// Number of resamples that have a value.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// From quantile to quantile.
    pub(super) fn percentile(&self, level: f64) -> Interval {
        let tail = (1.0 - level) / 2.0;
        Interval { low: self.quantile(tail), high: self.quantile(1.0 - tail), level }
    }

    /// Bias-corrected and accelerated (Efron 1987, as scipy has it). With p the share of draws below
    /// `value`, those equal to it counted half, z₀ = Φ⁻¹(p) and a the `acceleration`, the ends are the
    /// quantiles Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z))) at z = ± Φ⁻¹((1 + level) / 2).
    ///
    /// Where all draws lie on one side, p is taken half a draw away from 0 or 1. Draws that are all
    /// the same give that value.
    pub(super) fn bca(&self, value: f64, acceleration: f64, level: f64) -> Interval {
        let below = self.0.partition_point(|draw| *draw < value) as f64;
        let not_above = self.0.partition_point(|draw| *draw <= value) as f64;
        let draws = self.0.len() as f64;
        let half = 0.5 / draws;
        let bias = normal::quantile(((below + not_above) / 2.0 / draws).clamp(half, 1.0 - half));
        let end = |z: f64| {
            let moved = bias + z;
            let scale = 1.0 - acceleration * moved;
            let share = match scale > 0.0 {
                true => normal::cdf(bias + moved / scale),
                false => f64::from(moved > 0.0),
            };
            self.quantile(share)
        };
        let z = normal::quantile(0.5 + level / 2.0);
        Interval { low: end(-z), high: end(z), level }
    }

    /// Linear interpolation between order statistics (Hyndman and Fan's type 7).
    fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.0.len() - 1) as f64;
        let (low, high) = (self.0[place.floor() as usize], self.0[place.ceil() as usize]);
        if low == high { low } else { low + (high - low) * place.fract() }
    }

    /// Standard deviation over the resamples.
    pub(super) fn standard_error(&self) -> f64 {
        let n = self.0.len() as f64;
        let mean = self.0.iter().sum::<f64>() / n;
        (self.0.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_bias_and_acceleration_it_is_the_percentile_interval() {
        let draws = Draws::new((0..1001).map(f64::from).collect(), 1001).expect("draws");
        let (plain, bca) = (draws.percentile(0.95), draws.bca(500.0, 0.0, 0.95));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{plain:?} {bca:?}");
        close(plain.low, bca.low);
        close(plain.high, bca.high);
        let right = draws.bca(500.0, 0.1, 0.95);
        assert!(right.low > plain.low && right.high > plain.high);
    }

    #[test]
    fn draws_on_one_side_and_wild_accelerations_still_give_an_interval() {
        let draws = Draws::new((0..200).map(f64::from).collect(), 200).expect("draws");
        for (value, acceleration) in [(-5.0, 0.0), (500.0, 0.0), (100.0, 3.0), (100.0, -3.0)] {
            let Interval { low, high, .. } = draws.bca(value, acceleration, 0.95);
            assert!(low <= high && low >= 0.0 && high <= 199.0, "{value} {acceleration}");
        }
        let same = Draws::new(vec![0.5; 100], 100).expect("draws").bca(0.5, 0.0, 0.95);
        assert_eq!((same.low, same.high), (0.5, 0.5));
    }
}
