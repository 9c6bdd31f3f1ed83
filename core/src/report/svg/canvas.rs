//! The surface that plots are drawn on: scales, ticks, axes, legend.

use crate::report::number::figure;
use crate::report::page::escape;

/// Width of a plot. Two stand side by side on a wide screen, one fills a phone.
pub(super) const WIDTH: f64 = 400.0;
/// Where axes begin.
pub(super) const LEFT: f64 = 52.0;
/// Where axes end.
pub(super) const RIGHT: f64 = 388.0;
/// Characters of a name in the legend.
const MOST_NAME: usize = 40;

/// A finished plot.
#[derive(Debug, Clone)]
pub struct Svg(String);

impl Svg {
    /// The `<svg>` element.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stretch of numbers that is laid over a stretch of the drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Lays `from` over `to`. A stretch of no length is widened.
    pub(super) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        let (low, high) = from;
        let usable = low.is_finite() && high.is_finite() && low < high;
        let around = if low.is_finite() { low } else { 0.0 };
        Self { from: if usable { from } else { (around - 0.5, around + 0.5) }, to }
    }

    /// Place of `value` in the drawing; values outside are put on the edge.
    pub(super) fn place(&self, value: f64) -> f64 {
        let (low, high) = self.from;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }

    /// About `wanted` round numbers inside the stretch.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<f64> {
        let (low, high) = self.from;
        let rough = (high - low) / wanted.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|f| f * power)
            .find(|s| *s >= rough * 0.999)
            .unwrap_or(10.0 * power);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        (first..=last).take(50).map(|i| i as f64 * step).collect()
    }
}

/// Smallest and largest finite number, with room of `margin` (a share) on both sides.
pub(super) fn extent(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let room = (high - low) * margin;
    (low - room, high + room)
}

/// A drawing that grows element by element.
pub(super) struct Canvas {
    width: f64,
    height: f64,
    title: String,
    description: String,
    body: String,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        Self {
            width,
            height,
            title: escape(title),
            description: escape(description),
            body: String::new(),
        }
    }

    /// Adds elements as they are: the caller has escaped what is text.
    pub(super) fn raw(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.raw(&format!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// Text at a point; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: &str, text: &str) {
        let ((x, y), text) = (at, escape(text));
        self.raw(&format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// Text that is cut to `max` characters; the whole of it shows on hovering.
    pub(super) fn label(&mut self, at: (f64, f64), anchor: &str, text: &str, max: usize) {
        if text.chars().count() <= max {
            return self.text("name", at, anchor, text);
        }
        let short: String = text.chars().take(max.saturating_sub(1)).collect();
        let ((x, y), short, whole) = (at, escape(&short), escape(text));
        self.raw(&format!(
            "<text class=\"name\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">\
             <title>{whole}</title>{short}…</text>"
        ));
    }

    /// Horizontal grid lines with their numbers on the left.
    pub(super) fn y_axis(&mut self, scale: &Scale, x: (f64, f64), name: &str) {
        let few = if (scale.to.0 - scale.to.1).abs() < 120.0 { 2 } else { 5 };
        for tick in scale.ticks(few) {
            let y = scale.place(tick);
            self.line("grid", (x.0, y), (x.1, y));
            self.text("tick", (x.0 - 7.0, y + 4.0), "end", &figure(tick));
        }
        self.text("axis-name", (x.0 - 44.0, scale.to.1.min(scale.to.0) - 12.0), "start", name);
    }

    /// Vertical grid lines with their numbers below.
    pub(super) fn x_axis(&mut self, scale: &Scale, y: (f64, f64), name: &str) {
        for tick in scale.ticks(5) {
            let x = scale.place(tick);
            self.line("grid", (x, y.0), (x, y.1));
            self.text("tick", (x, y.0 + 17.0), "middle", &figure(tick));
        }
        self.text("axis-name", ((scale.to.0 + scale.to.1) / 2.0, y.0 + 36.0), "middle", name);
    }

    /// A filled bar of the series with this index, and what it says on hovering. A bar of no height
    /// is not drawn.
    pub(super) fn bar(&mut self, series: usize, x: (f64, f64), y: (f64, f64), said: &str) {
        let (class, (left, right), (top, bottom)) = (series_class(series), x, y);
        if bottom - top < 0.05 {
            return;
        }
        let (width, height, said) = (right - left, bottom - top, escape(said));
        self.raw(&format!(
            "<rect class=\"fill {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"><title>{said}</title></rect>"
        ));
    }

    /// The series' names from left to right and then below; `mark` draws the sign of a series,
    /// 26 wide, around a point. Gives the height that it took.
    pub(super) fn legend(
        &mut self,
        names: &[&str],
        (left, right): (f64, f64),
        mark: impl Fn(&mut Self, usize, (f64, f64)),
    ) -> f64 {
        let (mut x, mut y) = (left, 14.0);
        for (i, name) in names.iter().enumerate() {
            let shown = name.chars().count().min(MOST_NAME);
            let width = 33.0 + 6.7 * shown as f64;
            if x > left && x + width > right {
                (x, y) = (left, y + 20.0);
            }
            mark(self, i, (x, y));
            self.label((x + 33.0, y + 4.0), "start", name, MOST_NAME);
            x += width + 16.0;
        }
        if names.is_empty() { 0.0 } else { y + 8.0 }
    }

    /// How high [`Self::legend`] would be.
    pub(super) fn legend_height(names: &[&str], x: (f64, f64)) -> f64 {
        Self::new(0.0, 0.0, "", "").legend(names, x, |_, _, _| ())
    }

    /// The `<svg>` element. It is drawn at most a third larger than its own measure, so that its
    /// text stays near the size of the page's.
    pub(super) fn finish(self) -> Svg {
        let Self { width, height, title, description, body } = self;
        let widest = width * 1.3 / 16.0;
        Svg(format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" style=\"max-width:{widest}rem\">\n\
             <title>{title}</title>\n<desc>{description}</desc>\n{body}</svg>"
        ))
    }
}

/// The class of the series with this index: blue, orange, then grey.
pub(super) fn series_class(index: usize) -> &'static str {
    ["one", "two"].get(index).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::new((0.0, 1.0), (0.0, 100.0));
        assert_eq!(scale.ticks(5), vec![0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert!(Scale::new((-0.013, 0.021), (0.0, 1.0)).ticks(6).len() >= 3);
        for odd in [(1.0, 1.0), (f64::NAN, 1.0), (f64::INFINITY, f64::NEG_INFINITY)] {
            let scale = Scale::new(odd, (0.0, 100.0));
            assert!(!scale.ticks(5).is_empty());
            assert!(scale.place(1.0).is_finite());
        }
    }
}
