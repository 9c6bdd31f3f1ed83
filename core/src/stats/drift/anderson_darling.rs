//! Anderson-Darling test of k samples (Scholz and Stephens 1987), here of two.

use super::chi_squared::Test;
use super::merged::steps;

/// Levels of significance of the published table, and the parts of its critical values: of two
/// samples the three add up.
const LEVELS: [f64; 7] = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];
const PARTS: [[f64; 7]; 3] = [
    [0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085],
    [-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615],
    [-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154],
];

fn critical(i: usize) -> f64 {
    PARTS.iter().map(|part| part[i]).sum()
}

/// The test of two sorted samples with equal values at the middle of their ranks. The statistic is
/// standardised; the p-value is read from the published table by a parabola of its logarithm and
/// stays between 0.001 and 0.25, as scipy's does. `None` where either sample is empty, both hold
/// one value alone, or there are fewer than four values.
pub fn two_samples(baseline: &[f64], current: &[f64]) -> Option<Test> {
    let all = baseline.len() + current.len();
    let first = *baseline.first()?;
    let alike = |sample: &[f64]| sample.iter().all(|x| *x == first);
    if current.is_empty() || all < 4 || (alike(baseline) && alike(current)) {
        return None;
    }
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let raw = squared(baseline, current);
    let statistic = (raw - 1.0) / variance(n, m).sqrt();
    Some(Test { statistic, p_value: p_value(statistic) })
}

fn squared(baseline: &[f64], current: &[f64]) -> f64 {
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let all = n + m;
    let (mut below, mut own, mut other) = (0.0, 0.0, 0.0);
    let mut sum = 0.0;
    for (_, here, there) in steps(baseline, current) {
        let (here, there) = (here as f64, there as f64);
        let ties = here + there;
        let middle = below + ties / 2.0;
        let weight = ties / all / (middle * (all - middle) - all * ties / 4.0);
        let term = |upto: f64, size: f64| (all * upto - middle * size).powi(2) / size;
        if weight.is_finite() {
            sum += weight * (term(own + here / 2.0, n) + term(other + there / 2.0, m));
        }
        below += ties;
        own += here;
        other += there;
    }
    sum * (all - 1.0) / all
}

/// Variance of the statistic of two samples of `n` and `m` values.
fn variance(n: f64, m: f64) -> f64 {
    let (all, inverse) = (n + m, 1.0 / n + 1.0 / m);
    let (mut harmonic, mut g) = (0.0, 0.0);
    let last = all as u64;
    for i in 1..last - 1 {
        harmonic += 1.0 / (last - i) as f64;
        g += harmonic / (i + 1) as f64;
    }
    let h = harmonic + 1.0;
    let a = (4.0 * g - 6.0) + (10.0 - 6.0 * g) * inverse;
    let b = (2.0 * g - 4.0) * 4.0 + 16.0 * h + (2.0 * g - 14.0 * h - 4.0) * inverse - 8.0 * h
        + 4.0 * g
        - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * 4.0
        + (4.0 * h - 4.0 * g + 6.0) * 2.0
        + (2.0 * h - 6.0) * inverse
        + 4.0 * h;
    let d = (2.0 * h + 6.0) * 4.0 - 8.0 * h;
    (a * all.powi(3) + b * all.powi(2) + c * all + d) / ((all - 1.0) * (all - 2.0) * (all - 3.0))
}

fn p_value(statistic: f64) -> f64 {
    if statistic < critical(0) {
        return LEVELS[0];
    }
    if statistic > critical(6) {
        return LEVELS[6];
    }
    let [a, b, c] = parabola();
    (a + statistic * (b + statistic * c)).exp()
}

/// Least squares of the logarithm of the levels by a parabola of the critical values.
fn parabola() -> [f64; 3] {
    let mut rows = [[0.0; 4]; 3];
    for (x, level) in (0..7).map(critical).zip(LEVELS) {
        for (i, row) in rows.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let power =
                    if j < 3 { x.powi((i + j) as i32) } else { x.powi(i as i32) * level.ln() };
                *cell += power;
            }
        }
    }
    solve(rows)
}

/// Three equations by elimination with the largest pivot.
fn solve(mut rows: [[f64; 4]; 3]) -> [f64; 3] {
    for i in 0..3 {
        let pivot = (i..3).max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()));
        rows.swap(i, pivot.unwrap_or(i));
        let from = rows[i];
        for row in &mut rows[i + 1..] {
            let factor = row[i] / from[i];
            row.iter_mut().zip(from).for_each(|(cell, f)| *cell -= factor * f);
        }
    }
    let mut found = [0.0; 3];
    for i in (0..3).rev() {
        let known: f64 = (i + 1..3).map(|j| rows[i][j] * found[j]).sum();
        found[i] = (rows[i][3] - known) / rows[i][i];
    }
    found
}
