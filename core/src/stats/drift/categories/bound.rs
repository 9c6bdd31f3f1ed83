//! Chances that hold whatever the size of the samples.

/// Logarithm of a bound of the chance that of `trials` rows at least `hits` are in the sample that
/// holds `share` of all rows: −trials · KL(hits/trials ‖ share) (Chernoff 1952; Hoeffding 1963,
/// theorem 4, for draws without replacement). It is 0 where so many are no more than expected.
pub(super) fn ln_at_least(hits: f64, trials: f64, share: f64) -> f64 {
    let found = hits / trials;
    if trials <= 0.0 || found <= share { 0.0 } else { -trials * divergence(found.min(1.0), share) }
}

/// The same for at most `hits`.
pub(super) fn ln_at_most(hits: f64, trials: f64, share: f64) -> f64 {
    ln_at_least(trials - hits, trials, 1.0 - share)
}

fn divergence(found: f64, share: f64) -> f64 {
    let part = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    part(found, share) + part(1.0 - found, 1.0 - share)
}
