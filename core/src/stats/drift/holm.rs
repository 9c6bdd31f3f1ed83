//! Holm's correction: many tests at once, with one bound on the chance of any false alarm.

/// Which of the p-values are significant at `level` together (Holm 1979). Absent ones never are
/// and do not count as tests.
pub fn significant(p_values: &[Option<f64>], level: f64) -> Vec<bool> {
    let mut order: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(i, p)| p.map(|p| (i, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let tests = order.len();
    let mut answer = vec![false; p_values.len()];
    for (rank, (i, p)) in order.into_iter().enumerate() {
        if p.is_nan() || p > level / (tests - rank) as f64 {
            break;
        }
        answer[i] = true;
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn the_published_example_rejects_two_of_four() {
        // 0.005 <= 0.05/4 and 0.01 <= 0.05/3, but 0.03 > 0.05/2 stops it: 0.04 is not looked at.
        let p = [Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)];
        assert_eq!(significant(&p, 0.05), [true, false, false, false, true]);
        assert_eq!(significant(&[Some(f64::NAN)], 0.05), [false]);
    }
}
