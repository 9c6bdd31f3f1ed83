//! Two sorted samples walked through together.

/// The distinct values of two sorted samples, ascending, each with how often either has it.
pub fn steps<'a>(
    baseline: &'a [f64],
    current: &'a [f64],
) -> impl Iterator<Item = (f64, u64, u64)> + 'a {
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        let next = match (baseline.get(i), current.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => return None,
        };
        let (from, other) = (i, j);
        while baseline.get(i).is_some_and(|x| *x == next) {
            i += 1;
        }
        while current.get(j).is_some_and(|x| *x == next) {
            j += 1;
        }
        Some((next, (i - from) as u64, (j - other) as u64))
    })
}
