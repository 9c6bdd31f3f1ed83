//! Distribution of the one-sample, two-sided Kolmogorov-Smirnov statistic.
//!
//! By region (Simard and L'Ecuyer 2011): the matrix formula of Durbin, in the form of Marsaglia,
//! Tsang and Wang (2003), for few values; twice Smirnov's one-sided probability in the tail, where
//! both sides cannot be crossed at once; the series of Pelz and Good (1976) between.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// Most values for which the matrix formula is used.
const FEW: f64 = 140.0;

/// P(D ≥ d) of `n` values; `n` is a whole number.
pub(super) fn survival(d: f64, n: f64) -> f64 {
    let square = n * d * d;
    if d.is_nan() || d <= 0.0 || n < 1.0 {
        return 1.0;
    }
    if d >= 1.0 || square > 370.0 {
        return 0.0;
    }
    let tail = if n <= FEW { 4.0 } else { 2.2 };
    let p = if d >= 0.5 || square >= tail {
        2.0 * one_sided(d, n)
    } else if n <= FEW {
        1.0 - durbin(d, n as usize)
    } else {
        1.0 - pelz_good(d, n)
    };
    p.clamp(0.0, 1.0)
}

/// Smirnov's P(D⁺ ≥ d) = d Σⱼ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j), j = 0 … ⌊n(1 − d)⌋.
fn one_sided(d: f64, n: f64) -> f64 {
    let last = (n * (1.0 - d)).floor() as u64;
    let ln_n = ln_gamma(n + 1.0);
    let term = |j: u64| {
        let j = j as f64;
        let (up, down) = (d + j / n, 1.0 - d - j / n);
        let choose = ln_n - ln_gamma(j + 1.0) - ln_gamma(n - j + 1.0);
        let tail = if down > 0.0 {
            (n - j) * down.ln()
        } else if j == n {
            0.0
        } else {
            f64::NEG_INFINITY
        };
        (choose + (j - 1.0) * up.ln() + tail).exp()
    };
    d * (0..=last).map(term).sum::<f64>()
}

/// P(D < d): n!/nⁿ times the middle entry of the n-th power of Durbin's matrix.
fn durbin(d: f64, n: usize) -> f64 {
    let t = n as f64 * d;
    let k = t.floor() as usize + 1;
    let size = 2 * k - 1;
    let h = k as f64 - t;
    let mut matrix = vec![0.0; size * size];
    let mut corner = 1.0 - 2.0 * h.powi(size as i32);
    corner += (2.0 * h - 1.0).max(0.0).powi(size as i32);
    for row in 0..size {
        for column in 0..size.min(row + 2) {
            let power = (row + 1 - column) as i32;
            let value = match (column, row) {
                (0, r) if r + 1 == size => corner,
                (0, r) => 1.0 - h.powi(r as i32 + 1),
                (c, r) if r + 1 == size => 1.0 - h.powi((size - c) as i32),
                _ => 1.0,
            };
            matrix[row * size + column] = value / (1..=power).map(f64::from).product::<f64>();
        }
    }
    let middle = (k - 1) * size + (k - 1);
    let power = matrix_power(matrix, size, n);
    (1..=n).fold(power[middle], |p, i| p * i as f64 / n as f64)
}

fn matrix_power(mut base: Vec<f64>, size: usize, mut exponent: usize) -> Vec<f64> {
    let mut result: Vec<f64> =
        (0..size * size).map(|i| if i % (size + 1) == 0 { 1.0 } else { 0.0 }).collect();
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = product(&result, &base, size);
        }
        base = product(&base, &base, size);
        exponent /= 2;
    }
    result
}

fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for (row, cells) in a.chunks(size).enumerate() {
        for (k, cell) in cells.iter().enumerate() {
            for column in 0..size {
                out[row * size + column] += cell * b[k * size + column];
            }
        }
    }
    out
}

/// P(D < d) = K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5 with z = d√n.
fn pelz_good(d: f64, n: f64) -> f64 {
    let z = d * n.sqrt();
    let (z2, z4) = (z * z, z.powi(4));
    let (z6, z8) = (z.powi(6), z.powi(8));
    let mut half = [0.0; 4];
    let mut whole = [0.0; 2];
    for k in 0..20 {
        let a = (PI * (f64::from(k) + 0.5)).powi(2);
        let weight = 2.0 * (-a / (2.0 * z2)).exp();
        half[0] += weight;
        half[1] += weight * (a - z2);
        half[2] +=
            weight * (6.0 * z6 + 2.0 * z4 + a * (2.0 * z4 - 5.0 * z2) + a * a * (1.0 - 2.0 * z2));
        half[3] += weight
            * (a.powi(3) * (5.0 - 30.0 * z2)
                + a * a * (212.0 * z4 - 60.0 * z2)
                + a * (135.0 * z4 - 96.0 * z6)
                - 30.0 * z6
                - 90.0 * z8);
        let b = (PI * f64::from(k)).powi(2);
        let weight = 2.0 * (-b / (2.0 * z2)).exp();
        whole[0] += weight * b;
        whole[1] += weight * (3.0 * b * z2 - b * b);
    }
    let root = (PI / 2.0).sqrt();
    let k0 = root / z * half[0];
    let k1 = root / (6.0 * z4) * half[1];
    let k2 = root / (72.0 * z.powi(7)) * half[2] - root / (36.0 * z.powi(3)) * whole[0];
    let k3 = root / (6480.0 * z.powi(10)) * half[3] + root / (216.0 * z6) * whole[1];
    k0 + k1 / n.sqrt() + k2 / n + k3 / n.powf(1.5)
}

#[cfg(test)]
mod tests {
    use super::survival;

    /// Values of `scipy.stats.kstwo.sf` (1.17).
    const KNOWN: [(f64, f64, f64); 50] = [
        (0.35, 1.0, 1.0),
        (0.9, 1.0, 0.19999999999999996),
        (0.42426406871192845, 2.0, 0.7570562748477142),
        (0.8485281374238569, 2.0, 0.045887450304571954),
        (0.2683281572999747, 5.0, 0.7836692682117719),
        (0.5366563145999494, 5.0, 0.07107678230606948),
        (0.7155417527999327, 5.0, 0.004089054214687797),
        (0.13416407864998736, 20.0, 0.8184093562059918),
        (0.2683281572999747, 20.0, 0.09223025450588529),
        (0.35777087639996635, 20.0, 0.008489188319532603),
        (0.8944271909999159, 20.0, 5.921672319663853e-20),
        (0.07745966692414834, 60.0, 0.8369274346216966),
        (0.15491933384829668, 60.0, 0.1007041625804398),
        (0.2065591117977289, 60.0, 0.010088078747358953),
        (0.5163977794943222, 60.0, 2.156784225184614e-15),
        (0.050709255283710994, 140.0, 0.8461062544735598),
        (0.10141851056742199, 140.0, 0.10468682507194148),
        (0.13522468075656266, 140.0, 0.01077801009055065),
        (0.3380617018914066, 140.0, 8.902790584947527e-15),
        (0.02947531723732816, 141.0, 0.9994140963501963),
        (0.07579367289598671, 141.0, 0.37400402448477066),
        (0.12211202855464524, 141.0, 0.02729857250119916),
        (0.19369494184529934, 141.0, 4.1476331600109324e-05),
        (0.7579367289598671, 141.0, 8.979174394971188e-85),
        (0.03464101615137754, 300.0, 0.8517600869770321),
        (0.06928203230275508, 300.0, 0.1070797172950505),
        (0.09237604307034011, 300.0, 0.011170021168362925),
        (0.23094010767585027, 300.0, 1.5020551336096218e-14),
        (0.007826237921249262, 2000.0, 0.9996317691205572),
        (0.020124611797498106, 2000.0, 0.38763319795224205),
        (0.03242298567374695, 2000.0, 0.02918815075395287),
        (0.05142956348249516, 2000.0, 4.8876378409942776e-05),
        (0.20124611797498107, 2000.0, 1.7662002510315907e-71),
        (0.003794733192202055, 25000.0, 0.8628895601615763),
        (0.00758946638440411, 25000.0, 0.11168219816101665),
        (0.010119288512538814, 25000.0, 0.011870841240652187),
        (0.02529822128134703, 25000.0, 2.479858441561788e-14),
        (0.0006390096504226937, 300000.0, 0.999692082855964),
        (0.0016431676725154982, 300000.0, 0.3923108918056195),
        (0.0026473256946083026, 300000.0, 0.029788750862457802),
        (0.004199206274206273, 300000.0, 5.069486541709542e-05),
        (0.016431676725154984, 300000.0, 8.637662443672296e-71),
        (1.0, 10.0, 0.0),
        (0.15652475842498526, 5.0, 0.9977842293825127),
        (0.40249223594996214, 5.0, 0.3023001977971165),
        (0.6484597134749389, 5.0, 0.014157315954794898),
        (0.050529115263991134, 141.0, 0.846171510746462),
        (0.10105823052798227, 141.0, 0.10471366448734887),
        (0.13474430737064305, 141.0, 0.010782502579705781),
        (0.3368607684266076, 141.0, 8.965618570567486e-15),
    ];

    #[test]
    fn every_region_agrees_with_scipy() {
        for (d, n, expected) in KNOWN {
            let mine = survival(d, n);
            let close = (mine - expected).abs() <= 2e-6 * expected;
            assert!(close, "d {d} n {n}: {mine:e} instead of {expected:e}");
        }
    }
}
