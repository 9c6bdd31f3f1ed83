//! Self-starting standardisation (Hawkins 1987): what a value is as a standard normal number, by the
//! values before it alone.

use crate::stats::inference::student;
use crate::stats::normal;

/// Share of the mean that the standard deviation counts as at least, as in [`crate::stats::control`].
const LEAST: f64 = 0.01;

/// Mean and spread of the values so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SelfStarting {
    seen: u64,
    mean: f64,
    squares: f64,
}

impl SelfStarting {
    /// Takes a value and says what it is in standard deviations of a normal distribution.
    ///
    /// With the mean m and the standard deviation s (divisor n − 2) of the n − 1 values before it,
    /// T = √((n − 1)/n) (x − m)/s of normal values follows Student's t with n − 2 degrees of freedom,
    /// and U = Φ⁻¹(F(T)) is standard normal, each independent of the others. Of the first two values
    /// it is 0. s counts as at least 1 % of m; where both are 0, any other value is as far out as
    /// double precision tells, about 37.5.
    pub fn standardise(&mut self, value: f64) -> f64 {
        let found = self.normal(value);
        self.seen += 1;
        let apart = value - self.mean;
        self.mean += apart / self.seen as f64;
        self.squares += apart * (value - self.mean);
        found
    }

    fn normal(&self, value: f64) -> f64 {
        let apart = value - self.mean;
        if self.seen < 2 || apart == 0.0 {
            return 0.0;
        }
        let before = self.seen as f64;
        let spread = (self.squares / (before - 1.0)).sqrt().max(LEAST * self.mean.abs());
        let statistic = (before / (before + 1.0)).sqrt() * apart.abs() / spread;
        let tail = student::survival(statistic, before - 1.0).max(f64::MIN_POSITIVE);
        -normal::quantile(tail) * apart.signum()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn all(values: &[f64]) -> Vec<f64> {
        let mut past = SelfStarting::default();
        values.iter().map(|value| past.standardise(*value)).collect()
    }

    #[test]
    fn values_are_scipys() {
        let file = "testdata/drift/self_starting.json";
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
        let cases: Value = serde_json::from_str(&text.expect("reference")).expect("JSON");
        let numbers = |list: &Value| -> Vec<f64> {
            list.as_array().expect("a list").iter().map(|v| v.as_f64().expect("number")).collect()
        };
        let mut held = 0;
        for case in cases.as_array().expect("cases") {
            let found = all(&numbers(&case["values"]));
            for (mine, reference) in found.into_iter().zip(numbers(&case["standardised"])) {
                let apart = (mine - reference).abs();
                let name = &case["name"];
                assert!(apart < 1e-9 * (1.0 + reference.abs()), "{name}: {mine} {reference}");
                held += 1;
            }
        }
        assert_eq!(held, 245);
    }

    #[test]
    fn values_without_spread_are_calm_and_another_is_far_out() {
        assert!(all(&[0.8; 50]).iter().all(|u| *u == 0.0));
        let found = all(&[0.0, 0.0, 0.0, 0.0, 0.001, 0.0]);
        assert!((found[4] - 37.5).abs() < 0.1 && found[5].is_finite(), "{found:?}");
        assert!(all(&[0.0, 0.0, 0.0, -0.001])[3] < -37.0);
    }

    proptest! {
        #[test]
        fn the_unit_does_not_matter(
            values in prop::collection::vec(-1.0..1.0f64, 3..30), scale in 0.01..100.0f64,
        ) {
            let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
            for (one, other) in all(&values).into_iter().zip(all(&scaled)) {
                prop_assert!((one - other).abs() < 1e-6 * (1.0 + one.abs()), "{} {}", one, other);
            }
        }
    }
}
