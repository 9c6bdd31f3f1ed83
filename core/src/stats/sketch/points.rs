//! Points of distribution functions: made of values, put together, thinned out.

use crate::domain::profile::{Point, Points};
use crate::stats::order;

/// Every value of a sorted, finite sample.
pub fn of_sorted(sorted: &[f64]) -> Points {
    let mut points: Vec<Point> = Vec::new();
    for (below, value) in sorted.iter().enumerate() {
        match points.last_mut() {
            Some(last) if last.value == *value => last.upto += 1,
            _ => {
                let below = below as u64;
                points.push(Point { value: *value, below, upto: below + 1 });
            }
        }
    }
    Points { points, error: 0 }
}

/// Every point of several functions, with its place among the values of all.
///
/// What lies between two points of one function is taken to be spread evenly. The error counts for
/// each point the most by which that can be wrong, and is the largest of these.
pub fn union(parts: &[Points]) -> Points {
    let mut parts: Vec<&[Point]> = parts.iter().map(|p| &*p.points).collect();
    parts.retain(|p| !p.is_empty());
    let mut values: Vec<f64> = parts.iter().flat_map(|p| p.iter().map(|p| p.value)).collect();
    order::sort(&mut values);
    values.dedup();
    let mut cursors = vec![0; parts.len()];
    let mut all = Points::default();
    for value in values {
        let mut point = Point { value, below: 0, upto: 0 };
        let mut error = 0;
        for (part, cursor) in parts.iter().zip(&mut cursors) {
            while part.get(*cursor).is_some_and(|p| p.value < value) {
                *cursor += 1;
            }
            let place = place(part, *cursor, value);
            point.below += place.below;
            point.upto += place.upto;
            error += place.error;
        }
        all.error = all.error.max(error);
        all.points.push(point);
    }
    all
}

/// Puts several functions together, with their errors.
pub fn merged(parts: &[Points]) -> Points {
    let mut all = union(parts);
    all.error += parts.iter().map(|p| p.error).sum::<u64>();
    all.error = all.error.min(all.total());
    ascending(&mut all);
    all
}

/// Even spreading rounds, and a point may come out one below the one before it.
fn ascending(all: &mut Points) {
    let mut last = 0;
    for point in &mut all.points {
        point.below = point.below.max(last);
        point.upto = point.upto.max(point.below);
        last = point.upto;
    }
}

/// The place of a value in one function.
struct Place {
    below: u64,
    upto: u64,
    error: u64,
}

/// `next` is the first point that is not below the value.
fn place(part: &[Point], next: usize, value: f64) -> Place {
    let before = next.checked_sub(1).and_then(|at| part.get(at));
    match (before, part.get(next)) {
        (_, Some(point)) if point.value == value => {
            Place { below: point.below, upto: point.upto, error: 0 }
        }
        (Some(from), Some(to)) => {
            let between = to.below - from.upto;
            let spread = (between as f64 * share(from.value, value, to.value)) as u64;
            let rank = from.upto + spread.min(between);
            let error = spread.max(between - spread.min(between));
            Place { below: rank, upto: rank, error }
        }
        (Some(last), None) => Place { below: last.upto, upto: last.upto, error: 0 },
        (None, _) => Place { below: 0, upto: 0, error: 0 },
    }
}

/// How far `x` lies between `from` and `to`, 0 to 1; halves keep it from overflowing.
pub fn share(from: f64, x: f64, to: f64) -> f64 {
    ((x / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)).clamp(0.0, 1.0)
}

/// Thins out to about `most` points (never more than twice as many): the smallest, the largest,
/// and of those between the ones that leave no more than a step of values between two. A value
/// that is more frequent than a step stays.
pub fn thinned(all: &Points, most: usize) -> Points {
    if all.points.len() <= most {
        return all.clone();
    }
    let total = all.total();
    let least = total / most.max(1) as u64;
    for step in [least, least + least / 2, 2 * least] {
        let kept = kept(all, step.max(1));
        if kept.len() <= most + 2 || step == 2 * least {
            return Points { points: kept, error: all.error };
        }
    }
    all.clone()
}

/// How many values may lie between two points at this rank.
pub fn allowed(rank: u64, total: u64, step: u64) -> u64 {
    let share = rank as f64 / total as f64;
    let least = (4.0 * (share * (1.0 - share)).max(0.0).sqrt()).clamp(0.1, 1.0);
    (step as f64 * least) as u64
}

/// Towards both ends the steps are shorter, down to a tenth: what lies far out is far apart, and
/// weighs in distances.
fn kept(all: &Points, step: u64) -> Vec<Point> {
    let total = all.total();
    let allowed = |rank| allowed(rank, total, step);
    let mut kept: Vec<Point> = Vec::new();
    for (i, point) in all.points.iter().enumerate() {
        let needed = match (kept.last(), all.points.get(i + 1)) {
            (None, _) | (_, None) => true,
            (Some(last), Some(next)) => next.below - last.upto > allowed(next.below).max(1),
        };
        if needed {
            kept.push(*point);
        }
    }
    kept
}

/// The most points whose bytes fit, as many values as possible between two of them. Values that
/// occur in no more than a step are moved up to the roundest number before the next point: the
/// counts stay right as far as they were, and the number takes few bytes.
pub fn packed(all: &Points, most: usize, bytes: usize) -> Points {
    if all.points.len() <= most && all.to_bytes().len() <= bytes {
        return all.clone();
    }
    let mut most = most;
    loop {
        let step = 2 * all.total() / most.max(2) as u64;
        let found = fitting(all, step.max(1), most);
        if most <= 16 || found.to_bytes().len() <= bytes {
            return found;
        }
        most -= most / 16 + 1;
    }
}

/// The most points whose bytes fit, none of them moved.
pub fn fitted(all: &Points, most: usize, bytes: usize) -> Points {
    if all.points.len() <= most && all.to_bytes().len() <= bytes {
        return all.clone();
    }
    let mut most = most;
    loop {
        let step = 2 * all.total() / most.max(2) as u64;
        let points = kept(all, smallest_step(all, step.max(1), most));
        let found = Points { points, error: all.error };
        if most <= 16 || found.to_bytes().len() <= bytes {
            return found;
        }
        most -= most / 16 + 1;
    }
}

/// The smallest step that leaves at most so many points, rounded.
fn fitting(all: &Points, upper: u64, most: usize) -> Points {
    rounded(all, &kept(all, smallest_step(all, upper, most)))
}

/// The smallest step that leaves at most so many points.
fn smallest_step(all: &Points, upper: u64, most: usize) -> u64 {
    let (mut low, mut high) = (0, upper.saturating_mul(2));
    while high - low > upper / 64 + 1 {
        let middle = low + (high - low) / 2;
        if kept(all, middle.max(1)).len() <= most { high = middle } else { low = middle }
    }
    high.max(1)
}

fn rounded(all: &Points, kept: &[Point]) -> Points {
    let mut found = Points { points: Vec::with_capacity(kept.len()), error: all.error };
    let last = kept.len().saturating_sub(1);
    let mut moved = 0;
    for (i, point) in kept.iter().enumerate() {
        let at = all.points.partition_point(|p| p.value <= point.value);
        let frequent = point.upto - point.below > 1 + all.total() / 1000;
        match all.points.get(at) {
            Some(next) if i > 0 && i < last && !frequent => {
                let value = roundest(point.value, next.value);
                let place = place(&all.points, at, value);
                // The place of the point itself is kept where the number did not move.
                let own = value == point.value;
                let (below, upto) =
                    if own { (point.below, point.upto) } else { (place.below, place.upto) };
                moved = moved.max(if own { 0 } else { place.error });
                found.points.push(Point { value, below, upto });
            }
            _ => found.points.push(*point),
        }
    }
    found.error = (found.error + moved).min(all.total());
    ascending(&mut found);
    found
}

/// The number from `low` to just below `high` whose bits end with the most zeros.
pub fn roundest(low: f64, high: f64) -> f64 {
    // The middle of a gap is as good as its beginning.
    let (a, b) = (low.to_bits(), high.to_bits());
    if low.is_sign_negative() != high.is_sign_negative() {
        return if high > 0.0 { 0.0 } else { low };
    }
    // Of negative numbers the bits ascend as they fall.
    let (from, to) = if low.is_sign_negative() { (b + 1, a) } else { (a, b - 1) };
    let Some(below) = from.checked_sub(1) else { return 0.0 };
    let differs = 63 - (below ^ to).leading_zeros().min(63);
    f64::from_bits(to >> differs << differs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_lie_where_they_should() {
        for (low, high) in [
            (0.1, 0.2),
            (1.0, 1.0000001),
            (-0.2, -0.1),
            (-1e-300, 1e300),
            (0.0, 5e-324),
            (2.0, 3.0),
        ] {
            let found = roundest(low, high);
            assert!(low <= found && found < high, "{low} {found} {high}");
        }
        assert_eq!(roundest(0.1, 0.2), 0.125);
    }

    #[test]
    fn a_union_counts_every_value() {
        let (a, b) = (of_sorted(&[1.0, 2.0, 2.0, 5.0]), of_sorted(&[2.0, 3.0]));
        let all = merged(&[a, b]);
        assert_eq!(all, of_sorted(&[1.0, 2.0, 2.0, 2.0, 3.0, 5.0]));
    }

    #[test]
    fn thinning_leaves_no_gap_above_its_step() {
        let values: Vec<f64> = (0..10_000).map(|i| f64::from(i).sqrt()).collect();
        let thin = thinned(&of_sorted(&values), 100);
        assert!(thin.points.len() <= 202 && thin.largest_gap() <= 200, "{}", thin.largest_gap());
        let packed = packed(&of_sorted(&values), 200, 1000);
        assert!(packed.to_bytes().len() <= 1000 && packed.is_sound());
        for point in &packed.points {
            let upto = values.partition_point(|x| *x <= point.value) as u64;
            assert!(upto.abs_diff(point.upto) <= packed.error, "{point:?} {upto}");
        }
        assert!(packed.largest_gap() < 150 && packed.error == 0, "{}", packed.largest_gap());
    }
}
