//! Shares of two groups compared: their difference and their ratio, with intervals that hold for
//! small groups too.

use super::normal;
use crate::domain::verdict::Interval;

/// A share, and the number of rows that it was measured on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The share, from 0 to 1.
    pub share: f64,
    /// Rows; of weighted ones (Σw)² / Σw² (Kish 1965).
    pub rows: f64,
}

impl Rate {
    /// Wilson's score interval (1927) of the share.
    pub fn wilson(&self, level: f64) -> Interval {
        let z = normal::quantile(1.0 - (1.0 - level) / 2.0);
        let (n, p, square) = (self.rows, self.share, z * z);
        let centre = (p + square / (2.0 * n)) / (1.0 + square / n);
        let spread = z / (1.0 + square / n) * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
        Interval {
            low: if p == 0.0 { 0.0 } else { (centre - spread).max(0.0) },
            high: if p == 1.0 { 1.0 } else { (centre + spread).min(1.0) },
            level,
        }
    }
}

/// The interval of `a` − `b`, made of their Wilson intervals (Newcombe 1998, method 10).
pub fn difference(a: &Rate, b: &Rate, level: f64) -> Interval {
    let (of_a, of_b) = (a.wilson(level), b.wilson(level));
    let value = a.share - b.share;
    let down = (a.share - of_a.low).hypot(of_b.high - b.share);
    let up = (of_a.high - a.share).hypot(b.share - of_b.low);
    Interval { low: (value - down).max(-1.0), high: (value + up).min(1.0), level }
}

/// The interval of `a` / `b`, made of their Wilson intervals (Donner and Zou 2012); the upper end is
/// infinite where `b` may be 0.
pub fn ratio(a: &Rate, b: &Rate, level: f64) -> Interval {
    let (of_a, of_b) = (a.wilson(level), b.wilson(level));
    let product = a.share * b.share;
    let end = |x: f64, y: f64, sign: f64| {
        let below = y * (2.0 * b.share - y);
        let inside = product * product - x * y * (2.0 * a.share - x) * (2.0 * b.share - y);
        (below > 0.0 && inside >= 0.0).then(|| (product + sign * inside.sqrt()) / below)
    };
    let least = of_a.low / of_b.high;
    let most = match of_b.low {
        0.0 => f64::INFINITY,
        low => of_a.high / low,
    };
    // Where the formula has no value, the ends of both intervals bound the ratio.
    Interval {
        low: end(of_a.low, of_b.high, -1.0).unwrap_or(least).max(0.0),
        high: end(of_a.high, of_b.low, 1.0).unwrap_or(most),
        level,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(k: f64, n: f64) -> Rate {
        Rate { share: k / n, rows: n }
    }

    /// Newcombe 1998, table II: 56/70 − 48/80 is 0.0524 to 0.3339; 9/10 − 3/10 is 0.1705 to 0.8090;
    /// 10/10 − 0/10 is 0.6075 to 1.
    #[test]
    fn the_difference_is_that_of_the_paper() {
        for (a, b, low, high) in [
            (rate(56.0, 70.0), rate(48.0, 80.0), 0.0524, 0.3339),
            (rate(9.0, 10.0), rate(3.0, 10.0), 0.1705, 0.8090),
            (rate(10.0, 10.0), rate(0.0, 10.0), 0.6075, 1.0),
        ] {
            let found = difference(&a, &b, 0.95);
            assert!(
                (found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5,
                "{found:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn intervals_hold_their_value(
            (n, k) in (1u32..500).prop_flat_map(|n| (Just(n), 0..=n)),
            (m, j) in (1u32..500).prop_flat_map(|m| (Just(m), 0..=m)),
        ) {
            let (a, b) = (rate(k.into(), n.into()), rate(j.into(), m.into()));
            let found = difference(&a, &b, 0.95);
            let value = a.share - b.share;
            prop_assert!(found.low <= value + 1e-12 && value <= found.high + 1e-12, "{:?}", found);
            if j > 0 {
                let found = ratio(&a, &b, 0.95);
                let value = a.share / b.share;
                prop_assert!(found.low <= value + 1e-9 && value <= found.high + 1e-9, "{:?} {}", found, value);
            }
        }
    }
}
