//! A long curve in few points, without losing its shape.

/// Most points of a curve that is drawn.
pub const MOST_POINTS: usize = 200;
/// Stretches of the horizontal axis that keep their extremes in the first pass.
const STRETCHES: usize = 400;

/// A curve in at most `limit` points (at least 2). Both ends stay. `points` rise along the
/// horizontal axis, which goes from 0 to 1.
pub fn thinned(points: &[(f64, f64)], limit: usize) -> Vec<(f64, f64)> {
    let mut thinner = Thinner::new(limit);
    points.iter().for_each(|point| thinner.push(*point));
    thinner.finish()
}

/// Takes points one by one. Of each stretch of the axis the first, the lowest, the highest and the
/// last one stay (Jugel et al. 2014, *M4*); at the end those whose triangle with their neighbours
/// is smallest are left out (Visvalingam and Whyatt 1993).
#[derive(Debug)]
pub(super) struct Thinner {
    limit: usize,
    done: Vec<(f64, f64)>,
    stretch: Option<Stretch>,
}

#[derive(Debug)]
struct Stretch {
    place: usize,
    count: usize,
    first: (f64, f64),
    low: (usize, (f64, f64)),
    high: (usize, (f64, f64)),
    last: (f64, f64),
}

impl Thinner {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(2), done: Vec::new(), stretch: None }
    }

    pub(super) fn push(&mut self, point: (f64, f64)) {
        let place = (point.0 * STRETCHES as f64) as usize;
        match &mut self.stretch {
            Some(stretch) if stretch.place == place => stretch.add(point),
            _ => {
                self.flush();
                self.stretch = Some(Stretch {
                    place,
                    count: 1,
                    first: point,
                    low: (0, point),
                    high: (0, point),
                    last: point,
                });
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<(f64, f64)> {
        self.flush();
        smallest_left_out(self.done, self.limit)
    }

    fn flush(&mut self) {
        let Some(stretch) = self.stretch.take() else { return };
        let mut kept = [(0, stretch.first), stretch.low, stretch.high];
        kept.sort_by_key(|(order, _)| *order);
        for point in kept.into_iter().map(|(_, point)| point).chain([stretch.last]) {
            if self.done.last() != Some(&point) {
                self.done.push(point);
            }
        }
    }
}

impl Stretch {
    fn add(&mut self, point: (f64, f64)) {
        if point.1 < self.low.1.1 {
            self.low = (self.count, point);
        }
        if point.1 > self.high.1.1 {
            self.high = (self.count, point);
        }
        self.last = point;
        self.count += 1;
    }
}

fn smallest_left_out(mut points: Vec<(f64, f64)>, limit: usize) -> Vec<(f64, f64)> {
    let area = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| {
        ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs()
    };
    let around = |points: &[(f64, f64)], i: usize| {
        let inner = i > 0 && i + 1 < points.len();
        if inner { area(points[i - 1], points[i], points[i + 1]) } else { f64::INFINITY }
    };
    let mut areas: Vec<f64> = (0..points.len()).map(|i| around(&points, i)).collect();
    loop {
        let smallest = areas.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        let Some((i, area)) = smallest.map(|(i, area)| (i, *area)) else { return points };
        // What lies on a straight line goes in any case.
        if area == f64::INFINITY || (points.len() <= limit && area > 0.0) {
            return points;
        }
        points.remove(i);
        areas.remove(i);
        for near in [i.wrapping_sub(1), i] {
            if let Some(place) = areas.get_mut(near) {
                *place = around(&points, near);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The curve's height at `x`, on straight lines between its points; where it stands upright,
    /// the nearest to `y`.
    fn distance(points: &[(f64, f64)], (x, y): (f64, f64)) -> f64 {
        let mut nearest = f64::INFINITY;
        for w in points.windows(2) {
            let ((a, b), (c, d)) = (w[0], w[1]);
            let length = (c - a).powi(2) + (d - b).powi(2);
            let share = if length > 0.0 {
                (((x - a) * (c - a) + (y - b) * (d - b)) / length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (px, py) = (a + share * (c - a), b + share * (d - b));
            nearest = nearest.min(((px - x).powi(2) + (py - y).powi(2)).sqrt());
        }
        nearest
    }

    #[test]
    fn a_straight_line_needs_two_points() {
        let line: Vec<(f64, f64)> =
            (0..=1024).map(|i| f64::from(i) / 1024.0).map(|x| (x, x)).collect();
        assert_eq!(thinned(&line, 200), [(0.0, 0.0), (1.0, 1.0)]);
        assert_eq!(thinned(&[], 200), []);
        assert_eq!(thinned(&[(0.5, 0.5)], 200), [(0.5, 0.5)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_point_of_a_rising_curve_lies_far_from_the_thinned_one(
            steps in proptest::collection::vec((0_u32..9, 0_u32..9), 500..3000),
        ) {
            let (wide, high) = steps.iter().fold((1, 1), |(x, y), s| (x + s.0, y + s.1));
            let mut points = vec![(0.0, 0.0)];
            let (mut x, mut y) = (0, 0);
            for step in &steps {
                (x, y) = (x + step.0, y + step.1);
                points.push((f64::from(x) / f64::from(wide), f64::from(y) / f64::from(high)));
            }
            let few = thinned(&points, MOST_POINTS);
            prop_assert!(few.len() <= MOST_POINTS);
            prop_assert_eq!((few.first(), few.last()), (points.first(), points.last()));
            for point in points {
                prop_assert!(distance(&few, point) < 0.01);
            }
        }
    }
}
