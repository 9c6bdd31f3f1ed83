//! Histograms laid over each other: the first filled, the second an outline.

use super::bars::mark;
use super::canvas::{Canvas, LEFT, RIGHT, Scale, Svg, WIDTH, extent, series_class};
use crate::report::number::{figure, percent};

const HEIGHT: f64 = 170.0;

/// One histogram.
#[derive(Debug, Clone)]
pub struct Steps {
    /// Name in the legend.
    pub name: String,
    /// Share of each bin.
    pub shares: Vec<f64>,
}

/// Histograms over the same bins of equal width.
#[derive(Debug, Clone, Default)]
pub struct HistogramPlot {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Left end of the first bin and right end of the last.
    pub range: (f64, f64),
    /// The histograms, at most two.
    pub series: Vec<Steps>,
    /// A line through the plot at a value, with its name.
    pub line: Option<(f64, String)>,
}

impl HistogramPlot {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let names: Vec<&str> = self.series.iter().map(|s| s.name.as_str()).collect();
        let top = Canvas::legend_height(&names, (8.0, RIGHT)) + 34.0;
        let bottom = top + HEIGHT;
        let mut canvas = Canvas::new(WIDTH, bottom + 46.0, &self.title, &self.description);
        let x = Scale::new(self.range, (LEFT, RIGHT));
        let y = heights(&self.series, (bottom, top));
        canvas.y_axis(&y, (LEFT, RIGHT), &self.y_label);
        canvas.x_axis(&x, (bottom, bottom), &self.x_label);
        draw(&mut canvas, &self.series, self.range, &x, &y);
        if let Some((value, name)) = &self.line {
            let at = x.place(*value);
            canvas.line("mark", (at, top - 2.0), (at, bottom));
            let anchor = if at > (LEFT + RIGHT) / 2.0 { "end" } else { "start" };
            let shift = if anchor == "end" { -5.0 } else { 5.0 };
            canvas.text("name", (at + shift, top + 8.0), anchor, name);
        }
        canvas.legend(&names, (8.0, RIGHT), mark);
        canvas.finish()
    }
}

/// The scale that holds every share.
pub(super) fn heights(series: &[Steps], to: (f64, f64)) -> Scale {
    let (_, high) = extent(series.iter().flat_map(|s| s.shares.iter().copied()), 0.0);
    Scale::new((0.0, if high > 0.0 { high * 1.05 } else { 1.0 }), to)
}

/// Draws the first histogram as bars, each other as an outline.
pub(super) fn draw(canvas: &mut Canvas, series: &[Steps], range: (f64, f64), x: &Scale, y: &Scale) {
    let bottom = y.place(0.0);
    for (k, steps) in series.iter().enumerate() {
        let bins = steps.shares.len().max(1) as f64;
        let edge = |i: usize| range.0 + (range.1 - range.0) * i as f64 / bins;
        let mut outline = format!("M{:.1} {bottom:.1}", x.place(edge(0)));
        for (i, share) in steps.shares.iter().enumerate() {
            let (left, right, high) = (x.place(edge(i)), x.place(edge(i + 1)), y.place(*share));
            outline.push_str(&format!("V{high:.1}H{right:.1}"));
            if k == 0 {
                let ends = format!("{} to {}", figure(edge(i)), figure(edge(i + 1)));
                let said = format!("{}, {ends}: {}", steps.name, percent(*share));
                canvas.bar(k, (left + 0.5, right - 0.5), (high, bottom), &said);
            }
        }
        if k > 0 {
            let class = series_class(k);
            canvas.raw(&format!("<path class=\"outline {class}\" d=\"{outline}V{bottom:.1}\"/>"));
        }
    }
    canvas.line("axis", (x.place(range.0), bottom), (x.place(range.1), bottom));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_filled_and_the_other_an_outline() {
        let steps =
            |name: &str, shares: [f64; 3]| Steps { name: name.into(), shares: shares.into() };
        let plot = HistogramPlot {
            range: (0.0, 3.0),
            series: vec![steps("<one>", [0.2, 0.0, 0.8]), steps("two", [0.1, 0.9, 0.0])],
            line: Some((0.5, "threshold".into())),
            ..HistogramPlot::default()
        };
        let svg = plot.render();
        assert_eq!(svg.as_str().matches("<rect").count(), 2 + 2, "two bars and the legend");
        assert_eq!(svg.as_str().matches("class=\"outline two\"").count(), 1);
        assert!(svg.as_str().contains("&lt;one&gt;, 0 to 1: 20 %"));
    }

    #[test]
    fn no_values_still_draw_axes() {
        let svg = HistogramPlot::default().render();
        assert!(svg.as_str().contains("class=\"grid\"") && !svg.as_str().contains("NaN"));
    }
}
