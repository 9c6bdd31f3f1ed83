//! Intervals against a margin: a point with whiskers a row, and a line that they must clear.

use super::canvas::{Canvas, Scale, Svg, WIDTH, extent};
use crate::report::number::{figure, signed};
use crate::report::page::{Tone, escape};

const LEFT: f64 = 24.0;
const RIGHT: f64 = 376.0;
const TOP: f64 = 6.0;
const ROW: f64 = 66.0;

/// One interval.
#[derive(Debug, Clone)]
pub struct IntervalRow {
    /// Name on the left.
    pub label: String,
    /// The point.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The margin that this row must clear, where it has one.
    pub margin: Option<f64>,
    /// How it is to be taken.
    pub tone: Tone,
}

/// Intervals below each other over one axis.
#[derive(Debug, Clone, Default)]
pub struct IntervalPlot {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Name of the axis.
    pub x_label: String,
    /// The intervals.
    pub rows: Vec<IntervalRow>,
    /// A line through all rows, such as 0 for "no difference".
    pub zero: Option<f64>,
}

impl IntervalPlot {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let ends = self.rows.iter().flat_map(|r| [Some(r.low), Some(r.high), r.margin]);
        let x = Scale::new(extent(ends.chain([self.zero]).flatten(), 0.12), (LEFT, RIGHT));
        let bottom = TOP + ROW * self.rows.len() as f64;
        let mut canvas = Canvas::new(WIDTH, bottom + 46.0, &self.title, &self.description);
        canvas.x_axis(&x, (bottom, TOP), &self.x_label);
        for (i, row) in self.rows.iter().enumerate() {
            let top = TOP + ROW * i as f64;
            if let Some(zero) = self.zero {
                let place = x.place(zero);
                canvas.line("axis", (place, top + 22.0), (place, top + 50.0));
            }
            row.draw(&mut canvas, &x, top);
        }
        canvas.finish()
    }
}

impl IntervalRow {
    /// The name and the numbers, below them the interval, below that the margin.
    fn draw(&self, canvas: &mut Canvas, x: &Scale, top: f64) {
        let (low, high, at) = (x.place(self.low), x.place(self.high), x.place(self.value));
        let y = top + 36.0;
        let numbers =
            format!("{} [{}, {}]", signed(self.value), signed(self.low), signed(self.high));
        canvas.label((LEFT - 16.0, top + 16.0), "start", &self.label, 28);
        canvas.text("name", (RIGHT + 16.0, top + 16.0), "end", &numbers);
        if let Some(margin) = self.margin {
            let place = x.place(margin);
            canvas.line("margin", (place, y - 13.0), (place, y + 13.0));
            let anchor = match place {
                p if p < LEFT + 40.0 => "start",
                p if p > RIGHT - 40.0 => "end",
                _ => "middle",
            };
            let name = format!("margin {}", figure(margin));
            canvas.text("margin-name", (place, y + 25.0), anchor, &name);
        }
        canvas.raw(&format!(
            "<g class=\"{}\"><title>{}: {}</title>\
             <path class=\"whisker\" fill=\"none\" d=\"M{low:.1} {y:.1}H{high:.1}M{low:.1} {:.1}v12\
             M{high:.1} {:.1}v12\"/><circle class=\"point\" cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"5\"/></g>",
            self.tone.class(),
            escape(&self.label),
            escape(&numbers),
            y - 6.0,
            y - 6.0,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_inside_the_picture() {
        let row = IntervalRow {
            label: "roc-auc".into(),
            value: 0.0068,
            low: -0.005,
            high: 0.0185,
            margin: Some(-0.05),
            tone: Tone::Good,
        };
        let plot = IntervalPlot { rows: vec![row], zero: Some(0.0), ..IntervalPlot::default() };
        let svg = plot.render();
        assert!(svg.as_str().contains("margin −0.05"));
        let margin = svg.as_str().split("class=\"margin\" x1=\"").nth(1).unwrap_or_default();
        let place: f64 = margin.split('"').next().unwrap_or_default().parse().expect("a number");
        assert!(place > LEFT && place < RIGHT, "{place}");
    }
}
