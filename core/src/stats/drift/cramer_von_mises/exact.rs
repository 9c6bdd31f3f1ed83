//! The exact distribution of the Cramér-von Mises statistic of two small samples without ties
//! (Xiao, Gordon & Yakovlev 2007), counted over all orders in which the two can be merged.

/// The share of all orders of `n` and `m` values whose statistic is at least as large as that of
/// `u`, the weighted sum of squared rank differences of Anderson (1962). With ties `u` lies between
/// two statistics and the lower one counts, as in scipy.
pub(super) fn p_value(u: f64, n: usize, m: usize) -> f64 {
    let (n, m) = (n as i128, m as i128);
    let multiple = n * m / divisor(n, m);
    // Middle ranks are halves, their squares quarters: whole numbers lose nothing.
    let quarters = (4.0 * u).round() as i128;
    let above = multiple.pow(2) * (n + m) * (6 * quarters - 4 * n * m * (4 * n * m - 1));
    let least = above.div_euclid(24 * (n * m).pow(2)).max(0) as u64;
    let (of_n, of_m) = (multiple / n, multiple / m);
    // Of each number of values taken of the second sample: the sums so far, with their orders.
    let mut row: Vec<Orders> = vec![Orders::default(); m as usize + 1];
    for i in 0..=n {
        let mut left = Orders::default();
        for (j, here) in row.iter_mut().enumerate() {
            let mut orders =
                if i == 0 && j == 0 { Orders(vec![(0, 1)]) } else { left.with(here, least) };
            orders.add((i * of_n - j as i128 * of_m).pow(2) as u64, least);
            here.clone_from(&orders);
            left = orders;
        }
    }
    let orders = row.pop().unwrap_or_default().0;
    let all: u64 = orders.iter().map(|(_, count)| count).sum();
    let extreme: u64 = orders.iter().filter(|(sum, _)| *sum >= least).map(|(_, count)| count).sum();
    extreme as f64 / all as f64
}

/// Sums of squares, ascending, with the number of orders that lead to each. Sums of `least` and
/// more are one: they never become less.
#[derive(Clone, Default)]
struct Orders(Vec<(u64, u64)>);

impl Orders {
    fn with(&self, other: &Self, least: u64) -> Self {
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
                (Some(_), None) => a.next(),
                _ => b.next(),
            };
            let Some((sum, count)) = next else { break };
            push(&mut merged, *sum, *count, least);
        }
        Self(merged)
    }

    fn add(&mut self, square: u64, least: u64) {
        let mut moved = Vec::with_capacity(self.0.len());
        for (sum, count) in &self.0 {
            push(&mut moved, sum + square, *count, least);
        }
        self.0 = moved;
    }
}

fn push(orders: &mut Vec<(u64, u64)>, sum: u64, count: u64, least: u64) {
    let sum = sum.min(least);
    match orders.last_mut() {
        Some((last, counted)) if *last == sum => *counted += count,
        _ => orders.push((sum, count)),
    }
}

fn divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { divisor(b, a % b) }
}
