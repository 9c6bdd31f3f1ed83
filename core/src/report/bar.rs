//! Small intervals in the cells of a table: a point with whiskers, all rows of a column on one scale.

use super::number::figure;
use super::page::escape;
use crate::domain::verdict::Interval;

const WIDTH: f64 = 120.0;
const EDGE: f64 = 5.0;
const MIDDLE: f64 = 8.0;

/// One interval, in places from 0 to 1 of its column's scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    low: f64,
    high: f64,
    at: f64,
    line: Option<f64>,
    words: String,
}

impl Bar {
    fn place(share: f64) -> f64 {
        EDGE + share.clamp(0.0, 1.0) * (WIDTH - 2.0 * EDGE)
    }

    pub(super) fn render(&self) -> String {
        let [low, high, at] = [self.low, self.high, self.at].map(Self::place);
        let line = self
            .line
            .map(Self::place)
            .map_or(String::new(), |x| format!("<path class=\"axis\" d=\"M{x:.1} 0V16\"/>"));
        let words = escape(&self.words);
        format!(
            "<svg class=\"bar\" viewBox=\"0 0 {WIDTH} 16\" role=\"img\" aria-label=\"{words}\">\
             <title>{words}</title><desc>A point for the value and a line for its interval, on the \
             scale of the column.</desc>{line}<path class=\"whisker\" fill=\"none\" \
             d=\"M{low:.1} {MIDDLE}H{high:.1}M{low:.1} 5v6M{high:.1} 5v6\"/>\
             <circle class=\"point\" cx=\"{at:.1}\" cy=\"{MIDDLE}\" r=\"3\"/></svg>"
        )
    }
}

/// The scale of a column: from the lowest to the highest end of its intervals.
#[derive(Debug, Clone, Copy)]
pub struct Bars {
    low: f64,
    high: f64,
    line: Option<f64>,
}

impl Bars {
    /// The scale that holds all values with their intervals, and the `line`, such as 0 for "no
    /// difference"; none without an interval.
    pub fn over(
        rows: impl Iterator<Item = (f64, Option<Interval>)>,
        line: Option<f64>,
    ) -> Option<Self> {
        let mut some = false;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (value, interval) in rows {
            some |= interval.is_some();
            let (from, to) = interval.map_or((value, value), |i| (i.low, i.high));
            (low, high) = (low.min(from.min(value)), high.max(to.max(value)));
        }
        if let Some(line) = line {
            (low, high) = (low.min(line), high.max(line));
        }
        (some && low.is_finite() && high.is_finite()).then_some(Self { low, high, line })
    }

    /// The bar of a value with its interval.
    pub fn bar(&self, value: f64, interval: Interval) -> Bar {
        let width = self.high - self.low;
        let share = |x: f64| if width > 0.0 { (x - self.low) / width } else { 0.5 };
        let Interval { low, high, .. } = interval;
        Bar {
            low: share(low),
            high: share(high),
            at: share(value),
            line: self.line.map(share),
            words: format!("{}, from {} to {}", figure(value), figure(low), figure(high)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Interval {
        Interval { low, high, level: 0.95 }
    }

    #[test]
    fn the_column_has_one_scale_that_holds_everything() {
        let rows = [(0.5, Some(interval(0.4, 0.6))), (-0.2, None), (0.3, Some(interval(0.1, 0.9)))];
        let bars = Bars::over(rows.into_iter(), Some(0.0)).expect("intervals");
        let bar = bars.bar(0.3, interval(0.1, 0.9));
        assert!((bar.low - 0.3 / 1.1).abs() < 1e-12 && (bar.high - 1.0).abs() < 1e-12, "{bar:?}");
        assert!(bar.line.is_some_and(|x| (x - 0.2 / 1.1).abs() < 1e-12));
        let text = bar.render();
        assert!(text.contains("aria-label=\"0.3, from 0.1 to 0.9\""), "{text}");
        assert!(text.contains("H115.0"), "the highest end is at the edge: {text}");
        assert!(Bars::over([(0.5, None)].into_iter(), None).is_none());
        let same = Bars::over([(0.5, Some(interval(0.5, 0.5)))].into_iter(), None).expect("one");
        assert_eq!(same.bar(0.5, interval(0.5, 0.5)).at, 0.5);
    }
}
