//! The calibration curve with the histogram of the scores below it.

use super::canvas::{Canvas, LEFT, RIGHT, Scale, Svg, WIDTH, series_class};
use super::histogram::{Steps, draw, heights};
use super::line::{Series, mark, path};

const HEIGHT: f64 = 230.0;
const BELOW: f64 = 62.0;

/// A calibration curve over a histogram with the same horizontal axis, 0 to 1.
#[derive(Debug, Clone, Default)]
pub struct ReliabilityPlot {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Curves: (mean score, share of positives).
    pub curves: Vec<Series>,
    /// Histograms of the scores.
    pub scores: Vec<Steps>,
}

impl ReliabilityPlot {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let names: Vec<&str> = self.curves.iter().map(|s| s.name.as_str()).collect();
        let top = Canvas::legend_height(&names, (8.0, RIGHT)) + 34.0;
        let bottom = top + HEIGHT;
        let (below, end) = (bottom + 34.0, bottom + 34.0 + BELOW);
        let mut canvas = Canvas::new(WIDTH, end + 46.0, &self.title, &self.description);
        let x = Scale::new((0.0, 1.0), (LEFT, RIGHT));
        let y = Scale::new((0.0, 1.0), (bottom, top));
        canvas.y_axis(&y, (LEFT, RIGHT), "share of positives");
        canvas.line("line other", (x.place(0.0), y.place(0.0)), (x.place(1.0), y.place(1.0)));
        for (i, curve) in self.curves.iter().enumerate().rev() {
            let class = series_class(i);
            let line = path(&curve.points, &x, &y);
            canvas.raw(&format!("<path class=\"line {class}\" d=\"{line}\"/>"));
            for (px, py) in &curve.points {
                point(&mut canvas, i, (x.place(*px), y.place(*py)));
            }
        }
        let rows = heights(&self.scores, (end, below));
        canvas.y_axis(&rows, (LEFT, RIGHT), "share of rows");
        canvas.x_axis(&x, (end, end), "score");
        draw(&mut canvas, &self.scores, (0.0, 1.0), &x, &rows);
        canvas.legend(&names, (8.0, RIGHT), |canvas, i, (x, y)| {
            mark(canvas, i, (x, y));
            point(canvas, i, (x + 13.0, y));
        });
        canvas.finish()
    }
}

/// A disc for the first series, a square for the others.
fn point(canvas: &mut Canvas, series: usize, (x, y): (f64, f64)) {
    let class = series_class(series);
    canvas.raw(&match series {
        0 => format!("<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"),
        _ => {
            let (x, y) = (x - 3.5, y - 3.5);
            format!(
                "<rect class=\"dot {class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"7\" height=\"7\"/>"
            )
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_differ_by_the_form_of_their_points() {
        let curve = |name: &str| Series { name: name.into(), points: vec![(0.1, 0.2), (0.9, 0.8)] };
        let plot = ReliabilityPlot {
            curves: vec![curve("challenger"), curve("champion")],
            scores: vec![Steps { name: "challenger".into(), shares: vec![0.5, 0.5] }],
            ..ReliabilityPlot::default()
        };
        let svg = plot.render();
        assert_eq!(svg.as_str().matches("<circle class=\"dot one\"").count(), 2 + 1);
        assert_eq!(svg.as_str().matches("<rect class=\"dot two\"").count(), 2 + 1);
    }
}
