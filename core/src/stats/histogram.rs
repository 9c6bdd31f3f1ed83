//! Counts in buckets: quantiles, the distance between two histograms with its noise, and the tail
//! of a count of failures.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// Most bins that [`merged`] leaves: enough to see a shift, few enough to have little noise.
pub const MERGED_BINS: usize = 20;

/// The quantile `q` (0–1) of counts in buckets, as the upper bound of the bucket that holds it;
/// the last bucket has no bound and gives infinity. `None` without any count.
///
/// `bounds` are the ascending upper bounds of all buckets of `counts` but the last.
pub fn quantile(bounds: &[f64], counts: &[u64], q: f64) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    (total > 0).then(|| at_rank(bounds, counts, (q * total as f64).ceil()))
}

/// An upper confidence bound of the quantile `q`: the order statistic `z` standard errors above it
/// (the rank of a quantile is binomial: n q ± z √(n q (1 − q))). Never above the largest value.
pub fn quantile_upper(bounds: &[f64], counts: &[u64], q: f64, z: f64) -> Option<f64> {
    let n = counts.iter().sum::<u64>() as f64;
    (n > 0.0).then(|| at_rank(bounds, counts, (n * q + z * (n * q * (1.0 - q)).sqrt()).ceil()))
}

fn at_rank(bounds: &[f64], counts: &[u64], rank: f64) -> f64 {
    let total: u64 = counts.iter().sum();
    let rank = rank.clamp(1.0, total as f64);
    let mut seen = 0;
    for (i, count) in counts.iter().enumerate() {
        seen += count;
        if seen as f64 >= rank {
            return bounds.get(i).copied().unwrap_or(f64::INFINITY);
        }
    }
    f64::INFINITY
}

/// How many of the counted values are surely above `limit`: those in buckets that begin there or
/// later.
pub fn surely_above(bounds: &[f64], counts: &[u64], limit: f64) -> u64 {
    let lower = |i: usize| if i == 0 { 0.0 } else { bounds[i - 1] };
    counts
        .iter()
        .enumerate()
        .filter(|(i, _)| *i <= bounds.len() && lower(*i) >= limit)
        .map(|(_, c)| c)
        .sum()
}

/// The chance of `hits` or more among `n`, each with chance `p`: the p-value of the exact one-sided
/// binomial test. 1 when the numbers make no such test.
pub fn binomial_tail(hits: u64, n: u64, p: f64) -> f64 {
    if hits == 0 || hits > n {
        return 1.0;
    }
    Binomial::new(p.clamp(0.0, 1.0), n).map_or(1.0, |b| b.sf(hits - 1))
}

/// The upper end of Wilson's score interval of `hits` among `n`, `z` standard errors up
/// (Wilson 1927). 1 for an empty sample.
pub fn wilson_upper(hits: u64, n: u64, z: f64) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let (n, p) = (n as f64, hits as f64 / n as f64);
    let centre = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre + spread) / (1.0 + z * z / n)).min(1.0)
}

/// Joins neighbouring bins of two histograms until each holds at least 1/[`MERGED_BINS`] of the
/// mean of both distributions. A distance between merged bins is never above the distance between
/// the bins themselves, and has far less noise when the samples are small.
pub fn merged(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let (n, m) = (sum(a), sum(b));
    let share = |count: u64, of: f64| if of > 0.0 { count as f64 / of } else { 0.0 };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut x, mut y) = (0, 0);
    for i in 0..a.len().max(b.len()) {
        x += a.get(i).copied().unwrap_or(0);
        y += b.get(i).copied().unwrap_or(0);
        if (share(x, n) + share(y, m)) / 2.0 >= 1.0 / MERGED_BINS as f64 {
            left.push(std::mem::take(&mut x));
            right.push(std::mem::take(&mut y));
        }
    }
    match (left.last_mut(), right.last_mut()) {
        (Some(l), Some(r)) => {
            *l += x;
            *r += y;
        }
        _ => {
            left.push(x);
            right.push(y);
        }
    }
    (left, right)
}

/// How far two histograms are apart, with what is needed to tell it from chance.
///
/// For samples of n and m values from one distribution over k bins, 8 ln 2 · JSD / (1/n + 1/m) is
/// asymptotically χ² with k − 1 degrees of freedom (Grosse et al. 2002, *Analysis of symbolic
/// sequences using the Jensen-Shannon divergence*).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// Jensen-Shannon divergence in bits, 0–1, as measured.
    pub divergence: f64,
    /// (1/n + 1/m) / (8 ln 2).
    scale: f64,
    /// Degrees of freedom, k − 1.
    freedom: f64,
}

impl Distance {
    /// The divergence that two samples of one distribution have on average: (k − 1)(1/n + 1/m) /
    /// (8 ln 2).
    pub fn bias(&self) -> f64 {
        self.scale * self.freedom
    }

    /// The divergence that two samples of one distribution exceed with chance `alpha`.
    pub fn noise(&self, alpha: f64) -> f64 {
        if self.freedom <= 0.0 {
            return 0.0;
        }
        ChiSquared::new(self.freedom)
            .map_or(f64::INFINITY, |d| self.scale * d.inverse_cdf(1.0 - alpha))
    }

    /// The Jensen-Shannon distance (base 2, 0–1) without its bias: √max(0, divergence − bias).
    pub fn corrected(&self) -> f64 {
        (self.divergence - self.bias()).max(0.0).sqrt()
    }

    /// The distance that is left when chance explains as much as it does in all but `alpha` of the
    /// cases: √max(0, divergence − noise).
    pub fn surely(&self, alpha: f64) -> f64 {
        (self.divergence - self.noise(alpha)).max(0.0).sqrt()
    }
}

/// The Jensen-Shannon distance of two histograms with the same bins; `None` if one is empty.
pub fn jensen_shannon(a: &[u64], b: &[u64]) -> Option<Distance> {
    let (n, m) = (sum(a), sum(b));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let pairs: Vec<(f64, f64)> = (0..a.len().max(b.len()))
        .map(|i| (count(a, i) / n, count(b, i) / m))
        .filter(|(p, q)| p + q > 0.0)
        .collect();
    let term = |p: f64, q: f64| if p > 0.0 { p * (2.0 * p / (p + q)).log2() } else { 0.0 };
    let divergence = pairs.iter().map(|(p, q)| (term(*p, *q) + term(*q, *p)) / 2.0).sum::<f64>();
    Some(Distance {
        divergence: divergence.clamp(0.0, 1.0),
        scale: (1.0 / n + 1.0 / m) / (8.0 * std::f64::consts::LN_2),
        freedom: pairs.len() as f64 - 1.0,
    })
}

fn count(counts: &[u64], i: usize) -> f64 {
    counts.get(i).copied().unwrap_or(0) as f64
}

fn sum(counts: &[u64]) -> f64 {
    counts.iter().sum::<u64>() as f64
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn quantiles_are_bounds_of_buckets() {
        let bounds = [1.0, 2.0, 4.0];
        assert_eq!(quantile(&bounds, &[0, 0, 0, 0], 0.5), None);
        assert_eq!(quantile(&bounds, &[98, 1, 1, 0], 0.99), Some(2.0));
        assert_eq!(quantile(&bounds, &[0, 0, 0, 3], 0.5), Some(f64::INFINITY));
        assert_eq!(quantile_upper(&bounds, &[980, 10, 10, 0], 0.99, 3.0), Some(4.0));
        assert_eq!(surely_above(&bounds, &[1, 2, 3, 4], 2.0), 7);
        assert_eq!(surely_above(&bounds, &[1, 2, 3, 4], 2.1), 4);
    }

    #[test]
    fn binomial_tail_matches_the_closed_form() {
        assert!((binomial_tail(2, 2, 0.1) - 0.01).abs() < 1e-12);
        assert!((binomial_tail(1, 3, 0.5) - 0.875).abs() < 1e-12);
        assert_eq!(binomial_tail(0, 10, 0.5), 1.0);
        assert!(binomial_tail(1, 10, 0.0) < 1e-12);
    }

    #[test]
    fn wilson_matches_published_numbers() {
        // 81 of 263 at 95 %: 0.2553 … 0.3662 (Newcombe 1998, table I, method 3).
        assert!((wilson_upper(81, 263, 1.959_964) - 0.3662).abs() < 5e-5);
        assert_eq!(wilson_upper(0, 0, 2.0), 1.0);
    }

    #[test]
    fn distance_of_known_distributions() -> Result<(), &'static str> {
        let apart = jensen_shannon(&[100, 0], &[0, 100]).ok_or("empty")?;
        assert!((apart.divergence - 1.0).abs() < 1e-12);
        // scipy.spatial.distance.jensenshannon([.5, .5], [.9, .1], base=2) = 0.38313588
        let known = jensen_shannon(&[500, 500], &[900, 100]).ok_or("empty")?;
        assert!((known.divergence.sqrt() - 0.383_135_88).abs() < 1e-6, "{known:?}");
        assert_eq!(jensen_shannon(&[0], &[1]), None);
        Ok(())
    }

    #[test]
    fn noise_covers_samples_of_one_distribution() {
        let mut rng = StdRng::seed_from_u64(11);
        let (mut over, mut mean_ratio) = (0, 0.0);
        for _ in 0..500 {
            let mut draw = |n: usize| {
                let mut counts = vec![0u64; 100];
                (0..n).for_each(|_| counts[rng.random_range(0..100usize)] += 1);
                counts
            };
            let (a, b) = merged(&draw(150), &draw(1500));
            assert!(a.len() <= MERGED_BINS);
            if let Some(d) = jensen_shannon(&a, &b) {
                over += usize::from(d.divergence > d.noise(0.01));
                mean_ratio += d.divergence / d.bias() / 500.0;
            }
        }
        assert!(over <= 15, "{over} of 500 above the 1 % noise");
        assert!((0.8..1.2).contains(&mean_ratio), "{mean_ratio}");
    }
}
