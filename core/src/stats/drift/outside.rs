//! Values beyond all that were seen before.

/// Chance that of n + m values of one distribution, in any order, at least `outside` of the m lie
/// beyond the smallest and largest of the n: for each split over both ends, the outermost values of
/// all must be current ones. An upper bound (the splits are added up).
pub(super) fn p_value(n: u64, m: u64, outside: u64) -> f64 {
    let all_current: f64 = (0..outside)
        .map(|i| (m - i) as f64 / (n + m - i) as f64)
        .scan(1.0, |product, factor| {
            *product *= factor;
            (*product > 1e-300).then_some(*product)
        })
        .last()
        .unwrap_or(if outside == 0 { 1.0 } else { 0.0 });
    ((outside + 1) as f64 * all_current).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of n + m exchangeable values the largest is one of the m with chance m / (n + m), and the
    /// smallest, too; so the sum of both splits bounds the chance of one value outside.
    #[test]
    fn the_bound_is_the_sum_over_both_ends() {
        assert_eq!(p_value(100, 100, 0), 1.0);
        assert_eq!(p_value(3, 1, 1), 0.5);
        assert!((p_value(99, 1, 1) - 0.02).abs() < 1e-15);
        let two = 3.0 * (2.0 / 10.0) * (1.0 / 9.0);
        assert!((p_value(8, 2, 2) - two).abs() < 1e-15);
        assert!(p_value(10, 1_000_000_000, 1_000_000_000) < 1e-60);
    }

    #[test]
    fn it_is_never_less_than_the_exact_chance() {
        // All orders of n + m values, by which of them are current.
        for (n, m) in [(4_u32, 3_u32), (5, 2), (2, 5)] {
            let total = n + m;
            let orders: Vec<u32> = (0..1_u32 << total).filter(|o| o.count_ones() == m).collect();
            for outside in 0..=m {
                let beyond = |order: &&u32| {
                    let low = (0..total).take_while(|i| **order >> i & 1 == 1).count() as u32;
                    let high =
                        (0..total).rev().take_while(|i| **order >> i & 1 == 1).count() as u32;
                    (low + high).min(m) >= outside
                };
                let exact = orders.iter().filter(beyond).count() as f64 / orders.len() as f64;
                let bound = p_value(n.into(), m.into(), outside.into());
                assert!(bound >= exact - 1e-12, "{n} {m} {outside}: {bound} < {exact}");
            }
        }
    }
}
