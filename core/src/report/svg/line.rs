//! Lines over two axes, such as ROC curves.

use super::canvas::{Canvas, LEFT, RIGHT, Scale, Svg, WIDTH, extent, series_class};

const HEIGHT: f64 = 250.0;

/// One line.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points, in the order of drawing; those that are not finite break the line.
    pub points: Vec<(f64, f64)>,
}

/// Lines over two axes. The first two series have colours of their own; all others are grey.
#[derive(Debug, Clone, Default)]
pub struct LinePlot {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Ends of the horizontal axis; left out, they come from the points.
    pub x: Option<(f64, f64)>,
    /// Ends of the vertical axis; left out, they come from the points.
    pub y: Option<(f64, f64)>,
    /// The lines.
    pub series: Vec<Series>,
    /// A dotted line between two points, such as the diagonal of chance.
    pub reference: Option<[(f64, f64); 2]>,
}

impl LinePlot {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let points = || self.series.iter().flat_map(|s| s.points.iter());
        let x_range = self.x.unwrap_or_else(|| extent(points().map(|p| p.0), 0.0));
        let y_range = self.y.unwrap_or_else(|| extent(points().map(|p| p.1), 0.05));
        let x = Scale::new(x_range, (LEFT, RIGHT));
        let names: Vec<&str> = self.series.iter().map(|s| s.name.as_str()).collect();
        let top = Canvas::legend_height(&names, (8.0, RIGHT)) + 34.0;
        let bottom = top + HEIGHT;
        let y = Scale::new(y_range, (bottom, top));
        let mut canvas = Canvas::new(WIDTH, bottom + 46.0, &self.title, &self.description);
        canvas.y_axis(&y, (LEFT, RIGHT), &self.y_label);
        canvas.x_axis(&x, (bottom, top), &self.x_label);
        if let Some([from, to]) = self.reference {
            let place = |p: (f64, f64)| (x.place(p.0), y.place(p.1));
            canvas.line("line other", place(from), place(to));
        }
        for (i, series) in self.series.iter().enumerate().rev() {
            canvas.raw(&format!(
                "<path class=\"line {}\" d=\"{}\"/>",
                series_class(i),
                path(&series.points, &x, &y)
            ));
        }
        canvas.legend(&names, (8.0, RIGHT), mark);
        canvas.finish()
    }
}

pub(super) fn path(points: &[(f64, f64)], x: &Scale, y: &Scale) -> String {
    let mut out = String::new();
    let mut pen_down = false;
    for (px, py) in points {
        if !(px.is_finite() && py.is_finite()) {
            pen_down = false;
            continue;
        }
        let command = if pen_down { 'L' } else { 'M' };
        out.push_str(&format!("{command}{:.1} {:.1}", x.place(*px), y.place(*py)));
        pen_down = true;
    }
    out
}

/// The line of a series as a sign in a legend.
pub(super) fn mark(canvas: &mut Canvas, series: usize, (x, y): (f64, f64)) {
    canvas.line(&format!("line {}", series_class(series)), (x, y), (x + 26.0, y));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_the_line_and_names_are_escaped() {
        let points = vec![(0.0, 0.0), (0.5, f64::NAN), (1.0, 1.0)];
        let plot = LinePlot {
            title: "ROC <curve>".into(),
            series: vec![Series { name: "a & b".into(), points }],
            ..LinePlot::default()
        };
        let svg = plot.render();
        assert!(svg.as_str().contains("<title>ROC &lt;curve&gt;</title>"));
        assert!(svg.as_str().contains("a &amp; b"));
        let path = svg.as_str().split(" d=\"").nth(1).and_then(|d| d.split('"').next());
        assert_eq!(path.map(|d| d.matches('M').count()), Some(2));
        assert!(!svg.as_str().contains("NaN"));
    }

    #[test]
    fn no_points_still_draw_axes() {
        assert!(LinePlot::default().render().as_str().contains("class=\"grid\""));
    }
}
