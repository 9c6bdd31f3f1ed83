//! Many tests at once: p-values adjusted so that each can be compared with one level.

/// Holm's adjusted p-values (1979): rejecting those at or below a level bounds the chance of any
/// false alarm by it, whatever hangs together. Absent ones, and those that are no numbers, do not
/// count as tests and stay absent.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let tests = order.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0f64;
    for (rank, (i, p)) in order.into_iter().enumerate() {
        largest = largest.max(p * (tests - rank) as f64).min(1.0);
        adjusted[i] = Some(largest);
    }
    adjusted
}

/// Adjusted p-values of Benjamini and Hochberg (1995): rejecting those at or below a level bounds
/// the expected share of false alarms among the alarms by it, for tests that are independent or
/// hang together positively. Absent ones as in [`holm`].
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let tests = order.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut smallest = 1.0f64;
    for (rank, (i, p)) in order.into_iter().enumerate().rev() {
        smallest = smallest.min(p * (tests as f64 / (rank + 1) as f64));
        adjusted[i] = Some(smallest);
    }
    adjusted
}

/// Which of the p-values are significant at `level` together by Holm's procedure. Absent ones never
/// are and do not count as tests.
pub fn significant(p_values: &[Option<f64>], level: f64) -> Vec<bool> {
    let order = ascending(p_values);
    let tests = order.len();
    let mut answer = vec![false; p_values.len()];
    for (rank, (i, p)) in order.into_iter().enumerate() {
        if p > level / (tests - rank) as f64 {
            break;
        }
        answer[i] = true;
    }
    answer
}

fn ascending(p_values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let numbers = p_values.iter().enumerate().filter_map(|(i, p)| p.map(|p| (i, p)));
    let mut order: Vec<(usize, f64)> = numbers.filter(|(_, p)| !p.is_nan()).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_rejects_two_of_four() {
        // 0.005 <= 0.05/4 and 0.01 <= 0.05/3, but 0.03 > 0.05/2 stops it: 0.04 is not looked at.
        let p = [Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)];
        assert_eq!(significant(&p, 0.05), [true, false, false, false, true]);
        assert_eq!(significant(&[Some(f64::NAN)], 0.05), [false]);
        let adjusted = holm(&p);
        assert_eq!(adjusted, [Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)]);
        assert_eq!(holm(&[Some(f64::NAN), None]), [None, None]);
    }
}
