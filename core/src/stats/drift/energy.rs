//! Energy distance.

/// √(2 ∫ (F(x) − G(x))² dx) of the empirical distributions of two sorted samples, in the root of the
/// values' unit (Székely and Rizzo 2013; scipy's definition). `None` where either is empty.
pub fn distance(baseline: &[f64], current: &[f64]) -> Option<f64> {
    let area = super::wasserstein::area(baseline, current, |apart| apart * apart)?;
    Some((2.0 * area).sqrt())
}
