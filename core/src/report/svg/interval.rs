//! Intervals against a margin: a point with whiskers a row, and a line that they must clear.

use super::canvas::{Canvas, Scale, Svg, extent};
use crate::report::number::figure;
use crate::report::page::{Tone, escape};

const LEFT: f64 = 210.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 34.0;
const ROW: f64 = 44.0;

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
        let mut canvas = Canvas::new(720.0, bottom + 48.0, &self.title, &self.description);
        canvas.x_axis(&x, (bottom, TOP), &self.x_label);
        if let Some(zero) = self.zero {
            canvas.line("axis", (x.place(zero), TOP), (x.place(zero), bottom));
        }
        for (i, row) in self.rows.iter().enumerate() {
            row.draw(&mut canvas, &x, TOP + ROW * (i as f64 + 0.5), i == 0);
        }
        canvas.finish()
    }
}

impl IntervalRow {
    fn draw(&self, canvas: &mut Canvas, x: &Scale, y: f64, first: bool) {
        let (low, high, at) = (x.place(self.low), x.place(self.high), x.place(self.value));
        canvas.label((LEFT - 16.0, y + 4.0), "end", &self.label, 30);
        if let Some(margin) = self.margin {
            let place = x.place(margin);
            canvas.line("margin", (place, y - ROW / 2.0), (place, y + ROW / 2.0));
            if first {
                let name = format!("margin {}", figure(margin));
                canvas.text("margin-name", (place, TOP - 8.0), "middle", &name);
            }
        }
        let numbers =
            format!("{} [{}, {}]", figure(self.value), figure(self.low), figure(self.high));
        canvas.raw(&format!(
            "<g class=\"{}\"><title>{}: {numbers}</title>\
             <path class=\"whisker\" fill=\"none\" d=\"M{low:.1} {y:.1}H{high:.1}M{low:.1} {:.1}v12\
             M{high:.1} {:.1}v12\"/><circle class=\"point\" cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"5\"/></g>",
            self.tone.class(),
            escape(&self.label),
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
