//! Populations whose truth is known.

use outerloop_core::stats::generator::Generator;
use outerloop_core::stats::inference::mcnemar::Disagreements;
use outerloop_core::stats::{Sample, normal};

/// Rows of a binary task with two models.
pub struct Binary {
    /// 0 or 1, three in ten are 1.
    pub labels: Vec<f64>,
    /// The challenger's scores, and the champion's; half of their noise is shared.
    pub scores: [Vec<f64>; 2],
}

/// Share of positives.
const POSITIVE: f64 = 0.3;
/// By how many standard deviations the champion's scores of positives lie above those of negatives.
pub const CHAMPION: f64 = 1.2;

impl Binary {
    /// Rows on which positives score `strengths` standard deviations above negatives.
    pub fn draw(generator: &mut Generator, rows: usize, strengths: [f64; 2]) -> Self {
        let mut out = Self { labels: Vec::with_capacity(rows), scores: [vec![], vec![]] };
        for _ in 0..rows {
            let label = f64::from(u8::from(generator.unit() < POSITIVE));
            let shared = generator.normal();
            for (scores, strength) in out.scores.iter_mut().zip(strengths) {
                let noise = (shared + generator.normal()) / std::f64::consts::SQRT_2;
                scores.push(strength * (label - 0.5) + noise);
            }
            out.labels.push(label);
        }
        out
    }

    /// Challenger and champion, positive from a score of 0.
    pub fn samples(&self) -> [Sample<'_>; 2] {
        let sample = |scores| Sample { threshold: 0.0, ..Sample::binary(&self.labels, scores) };
        [sample(&self.scores[0]), sample(&self.scores[1])]
    }

    /// Both classes occur, twice at least.
    pub fn has_both(&self) -> bool {
        let positives = self.labels.iter().sum::<f64>();
        positives >= 2.0 && self.labels.len() as f64 - positives >= 2.0
    }
}

/// The ROC AUC at this strength: Φ(strength / √2).
pub fn auc(strength: f64) -> f64 {
    normal::cdf(strength / std::f64::consts::SQRT_2)
}

/// The strength with this ROC AUC.
pub fn strength(auc: f64) -> f64 {
    std::f64::consts::SQRT_2 * normal::quantile(auc)
}

/// The F1 at this strength.
pub fn f1(strength: f64) -> f64 {
    let (recall, alarms) = (normal::cdf(strength / 2.0), normal::cdf(-strength / 2.0));
    let right = POSITIVE * recall;
    2.0 * right / (right + POSITIVE + (1.0 - POSITIVE) * alarms)
}

/// The errors of two models, of the given standard deviations; half of their variance is shared.
pub fn errors(generator: &mut Generator, rows: usize, spread: [f64; 2]) -> [Vec<f64>; 2] {
    let mut out = [Vec::with_capacity(rows), Vec::with_capacity(rows)];
    for _ in 0..rows {
        let shared = generator.normal();
        for (errors, spread) in out.iter_mut().zip(spread) {
            errors.push(spread * (shared + generator.normal()) / std::f64::consts::SQRT_2);
        }
    }
    out
}

/// Right and wrong answers of two models: each alone is right on a share of the rows, both are right
/// on the rest.
pub struct Answers {
    /// Half of them 1.
    pub labels: Vec<f64>,
    /// Answers of challenger and champion.
    pub answers: [Vec<f64>; 2],
}

impl Answers {
    /// `alone` are the shares where challenger and champion alone are right.
    pub fn draw(generator: &mut Generator, rows: usize, alone: [f64; 2]) -> Self {
        let mut out = Self { labels: Vec::with_capacity(rows), answers: [vec![], vec![]] };
        for row in 0..rows {
            let label = (row % 2) as f64;
            let at = generator.unit();
            let right = [at >= alone[1], at < alone[1] || at >= alone[0] + alone[1]];
            for (answers, right) in out.answers.iter_mut().zip(right) {
                answers.push(if right { label } else { 1.0 - label });
            }
            out.labels.push(label);
        }
        out
    }

    /// Challenger and champion.
    pub fn samples(&self) -> [Sample<'_>; 2] {
        [&self.answers[0], &self.answers[1]].map(|answers| Sample::binary(&self.labels, answers))
    }

    /// Where they disagree about being right.
    pub fn disagreements(&self) -> Disagreements {
        let [challenger, champion] = self.samples();
        Disagreements::between(&challenger, &champion)
    }
}

/// Differences with mean `mean` and standard deviation 1.
pub fn normal_differences(generator: &mut Generator, rows: usize, mean: f64) -> Vec<f64> {
    (0..rows).map(|_| mean + generator.normal()).collect()
}

/// The same, skewed as losses are: exponential.
pub fn skewed_differences(generator: &mut Generator, rows: usize, mean: f64) -> Vec<f64> {
    (0..rows).map(|_| mean - 1.0 - (1.0 - generator.unit()).ln()).collect()
}

/// Rows in groups of five, which share half of their variance: the group of each row, and the
/// challenger's answers, of mean 2.
pub fn groups(generator: &mut Generator, rows: usize) -> (Vec<u32>, Vec<f64>) {
    let mut shared = 0.0;
    (0..rows)
        .map(|row| {
            if row % 5 == 0 {
                shared = generator.normal();
            }
            let own = (shared + generator.normal()) / std::f64::consts::SQRT_2;
            ((row / 5) as u32, 2.0 + own / 2.0)
        })
        .unzip()
}

/// Successes among `trials`.
pub fn successes(generator: &mut Generator, trials: usize, share: f64) -> u64 {
    (0..trials).filter(|_| generator.unit() < share).count() as u64
}
