//! Student's t distribution, for any number of degrees of freedom: the library's own stops its
//! continued fraction after 140 terms, which are too few from some ten thousand degrees on.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

use crate::stats::normal;

/// Most terms of the continued fraction; it needs about √degrees.
const TERMS: u32 = 100_000;

/// P(T > t) with `degrees` > 0 degrees of freedom.
pub(in crate::stats) fn survival(t: f64, degrees: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let square = t * t;
    // P(|T| > |t|) = I_x(degrees/2, 1/2) with x = degrees/(degrees + t²).
    let tails = if square < 1.0 {
        1.0 - incomplete_beta(0.5, degrees / 2.0, square / (degrees + square))
    } else {
        incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + square))
    };
    let tail = tails.clamp(0.0, 1.0) / 2.0;
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The t that is exceeded with probability `tail`, 0 < `tail` ≤ 0.5: Newton's method from the
/// normal quantile, which lies below.
pub(super) fn upper_quantile(tail: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut t = (-normal::quantile(tail)).max(0.0);
    for _ in 0..200 {
        let off = survival(t, degrees) - tail;
        if off > 0.0 {
            low = t;
        } else {
            high = t;
        }
        let newton = t + off / density(t, degrees);
        let next = if newton > low && newton < high {
            newton
        } else if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            2.0 * t + 1.0
        };
        if (next - t).abs() <= 1e-15 * t.abs() {
            return next;
        }
        t = next;
    }
    t
}

fn density(t: f64, degrees: f64) -> f64 {
    let power = (degrees + 1.0) / 2.0 * (t * t / degrees).ln_1p();
    (-power).exp() * (-ln_beta_half(degrees / 2.0)).exp() / degrees.sqrt()
}

/// ln B(a, ½).
fn ln_beta_half(a: f64) -> f64 {
    // Γ(a + ½)/Γ(a) by its series (Tricomi and Erdélyi 1951), where the difference of two large
    // logarithms would lose digits.
    let ratio = if a < 100.0 {
        ln_gamma(a + 0.5) - ln_gamma(a)
    } else {
        let r = 1.0 / a;
        let series = 1.0
            + r * (-1.0 / 8.0
                + r * (1.0 / 128.0
                    + r * (5.0 / 1024.0 + r * (-21.0 / 32768.0 - r * 399.0 / 262_144.0))));
        0.5 * a.ln() + series.ln()
    };
    0.5 * PI.ln() - ratio
}

/// I_x(a, b), one of a and b being ½ (DLMF 8.17.22, by the method of Lentz).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let ln_beta = ln_beta_half(if b == 0.5 { a } else { b });
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta).exp() / a;
    let tiny = 1e-300;
    let (mut c, mut d) = (1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for step in [even, odd] {
            d = 1.0 / nonzero(1.0 + step * d, tiny);
            c = nonzero(1.0 + step / c, tiny);
            factor = c * d;
            fraction *= factor;
        }
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

fn nonzero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}
