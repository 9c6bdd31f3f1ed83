//! What a logistic recalibration would change (Cox 1958): slope 1 and intercept 0 are those of a
//! model whose probabilities come true.

use super::normal;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::verdict::Interval;

/// Probabilities nearer to 0 or 1 are taken as this far away: their log-odds would be infinite.
pub const CLIPPED: f64 = 1e-9;
/// Steps of Newton's method.
const STEPS: usize = 100;

/// A coefficient of the recalibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The maximum-likelihood estimate.
    pub value: f64,
    /// Its standard error, from the observed information.
    pub standard_error: f64,
    /// Rows whose probability was clipped.
    pub clipped: usize,
}

impl Coefficient {
    /// Wald's interval.
    pub fn interval(&self, level: f64) -> Interval {
        let half = normal::quantile(1.0 - (1.0 - level) / 2.0) * self.standard_error;
        Interval { low: self.value - half, high: self.value + half, level }
    }
}

/// The calibration slope b of logit P(y = 1) = a + b·logit(p): below 1 the probabilities are too
/// extreme, above 1 too timid.
///
/// # Errors
/// Rows that cannot be used; probabilities that are all the same; labels that a bound on the
/// probability separates, for which no finite slope is best.
pub fn slope(sample: &Sample<'_>) -> Result<Coefficient, Undefined> {
    let rows = Rows::of(sample)?;
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..STEPS {
        let sums = rows.sums(|x| a + b * x);
        let determinant = sums.weight * sums.square - sums.cross * sums.cross;
        let singular = determinant <= 1e-12 * sums.weight * sums.square;
        if singular || determinant.is_nan() {
            return Err(Undefined::NoRecalibration);
        }
        let step_a = (sums.square * sums.gradient - sums.cross * sums.slope_gradient) / determinant;
        let step_b = (sums.weight * sums.slope_gradient - sums.cross * sums.gradient) / determinant;
        let shrink = (4.0 / step_b.abs().max(step_a.abs()).max(4.0)).min(1.0);
        (a, b) = (a + shrink * step_a, b + shrink * step_b);
        if !(a.is_finite() && b.is_finite()) || b.abs() > 1e6 || a.abs() > 1e6 {
            return Err(Undefined::NoRecalibration);
        }
        if step_a.abs() <= 1e-12 * (1.0 + a.abs()) && step_b.abs() <= 1e-12 * (1.0 + b.abs()) {
            let standard_error = (sums.weight / determinant).sqrt();
            return Ok(Coefficient { value: b, standard_error, clipped: rows.clipped });
        }
    }
    Err(Undefined::NoRecalibration)
}

/// The calibration intercept a of logit P(y = 1) = a + logit(p), also called calibration in the
/// large: below 0 the probabilities are too high, above 0 too low.
///
/// # Errors
/// As [`slope`], but for probabilities that are all the same.
pub fn intercept(sample: &Sample<'_>) -> Result<Coefficient, Undefined> {
    let rows = Rows::of(sample)?;
    let mut a = 0.0;
    for _ in 0..STEPS {
        let sums = rows.sums(|x| a + x);
        if sums.weight <= 0.0 || sums.weight.is_nan() {
            return Err(Undefined::NoRecalibration);
        }
        let step = sums.gradient / sums.weight;
        a += step.clamp(-4.0, 4.0);
        if step.abs() <= 1e-13 * (1.0 + a.abs()) {
            let standard_error = sums.weight.sqrt().recip();
            return Ok(Coefficient { value: a, standard_error, clipped: rows.clipped });
        }
    }
    Err(Undefined::NoRecalibration)
}

/// Labels with the log-odds of their probabilities.
struct Rows<'a> {
    labels: &'a [f64],
    weights: Option<&'a [f64]>,
    log_odds: Vec<f64>,
    clipped: usize,
}

/// First and second derivatives of the log-likelihood.
#[derive(Default)]
struct Sums {
    gradient: f64,
    slope_gradient: f64,
    weight: f64,
    cross: f64,
    square: f64,
}

impl<'a> Rows<'a> {
    fn of(sample: &Sample<'a>) -> Result<Self, Undefined> {
        let (labels, scores) = (sample.labels, sample.scores);
        if labels.is_empty() {
            return Err(Undefined::NoRows);
        }
        for (i, score) in scores.iter().enumerate() {
            if !(0.0..=1.0).contains(score) {
                return Err(Undefined::NotProbability { row: i + 1, value: *score });
            }
        }
        if labels.iter().all(|label| *label == labels[0]) {
            return Err(Undefined::OneClass { class: usize::from(labels[0] == 1.0) });
        }
        let clipped = scores.iter().filter(|p| **p < CLIPPED || **p > 1.0 - CLIPPED).count();
        let odds = |p: &f64| {
            let p = p.clamp(CLIPPED, 1.0 - CLIPPED);
            (p / (1.0 - p)).ln()
        };
        Ok(Self {
            labels,
            weights: sample.weights,
            log_odds: scores.iter().map(odds).collect(),
            clipped,
        })
    }

    fn sums(&self, eta: impl Fn(f64) -> f64) -> Sums {
        let mut sums = Sums::default();
        for (i, x) in self.log_odds.iter().enumerate() {
            let count = self.weights.map_or(1.0, |weights| weights[i]);
            let p = 1.0 / (1.0 + (-eta(*x)).exp());
            let (error, spread) = (count * (self.labels[i] - p), count * p * (1.0 - p));
            sums.gradient += error;
            sums.slope_gradient += error * x;
            sums.weight += spread;
            sums.cross += spread * x;
            sums.square += spread * x * x;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Vec<f64>, Vec<f64>) {
        let noise = |i: usize, salt: usize| (i * salt % 101) as f64 / 101.0;
        let scores: Vec<f64> = (0..200).map(|i| 0.02 + 0.95 * noise(i, 37)).collect();
        let labels = (0..200).map(|i| f64::from(noise(i, 53) < 0.2 + 0.5 * scores[i])).collect();
        (labels, scores)
    }

    /// statsmodels 0.15: `Logit(y, add_constant(x))` and `GLM(y, 1, Binomial(), offset=x)`.
    #[test]
    fn values_are_those_of_statsmodels() {
        let (labels, scores) = rows();
        let sample = Sample::binary(&labels, &scores);
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs(), "{a} {b}");
        let found = slope(&sample).expect("a slope");
        near(found.value, SLOPE.0);
        near(found.standard_error, SLOPE.1);
        let found = intercept(&sample).expect("an intercept");
        near(found.value, INTERCEPT.0);
        near(found.standard_error, INTERCEPT.1);
    }

    const SLOPE: (f64, f64) = (0.265_572_265_587_175_56, 0.099_004_941_781_160_48);
    const INTERCEPT: (f64, f64) = (-0.263_012_892_073_533_6, 0.170_015_924_449_124_22);

    #[test]
    fn weights_are_repetitions() {
        let (labels, scores) = rows();
        let weights: Vec<f64> = (0..200).map(|i| f64::from(i % 3)).collect();
        let repeat = |values: &[f64]| -> Vec<f64> {
            (0..200).flat_map(|i| vec![values[i]; i % 3]).collect()
        };
        let (more_labels, more_scores) = (repeat(&labels), repeat(&scores));
        let weighted = Sample { weights: Some(&weights), ..Sample::binary(&labels, &scores) };
        let repeated = Sample::binary(&more_labels, &more_scores);
        let (a, b) = (slope(&weighted).expect("a slope"), slope(&repeated).expect("a slope"));
        assert!(
            (a.value - b.value).abs() < 1e-9 && (a.standard_error - b.standard_error).abs() < 1e-9
        );
    }

    #[test]
    fn what_has_no_best_slope_is_an_error() {
        let labels = [0.0, 0.0, 1.0, 1.0];
        for scores in [[0.1, 0.2, 0.8, 0.9], [0.5; 4], [0.0, 0.0, 1.0, 1.0]] {
            assert!(slope(&Sample::binary(&labels, &scores)).is_err(), "{scores:?}");
        }
        assert!(intercept(&Sample::binary(&labels, &[0.5; 4])).is_ok_and(|c| c.value == 0.0));
        assert!(slope(&Sample::binary(&[1.0; 4], &[0.5; 4])).is_err());
        assert!(slope(&Sample::binary(&labels, &[0.1, 0.2, 0.8, 1.2])).is_err());
        assert!(slope(&Sample::binary(&labels, &[0.1, f64::NAN, 0.8, 0.9])).is_err());
        assert!(slope(&Sample::binary(&[], &[])).is_err());
    }
}
