//! Bars side by side, such as a column's distribution before and now.

use super::canvas::{Canvas, LEFT, RIGHT, Scale, Svg, WIDTH, extent, series_class};
use crate::report::number::figure;

const HEIGHT: f64 = 190.0;

/// The bars of one series.
#[derive(Debug, Clone)]
pub struct Bars {
    /// Name in the legend.
    pub name: String,
    /// Height of each bar, from 0; as many as the plot has categories.
    pub values: Vec<f64>,
}

/// Groups of bars over categories.
#[derive(Debug, Clone, Default)]
pub struct BarPlot {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Names of the groups.
    pub categories: Vec<String>,
    /// The series, one bar of each in every group.
    pub series: Vec<Bars>,
}

impl BarPlot {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let values = self.series.iter().flat_map(|s| s.values.iter().copied());
        let (_, high) = extent(values, 0.0);
        let names: Vec<&str> = self.series.iter().map(|s| s.name.as_str()).collect();
        let top = Canvas::legend_height(&names, (8.0, RIGHT)) + 34.0;
        let bottom = top + HEIGHT;
        let y = Scale::new((0.0, if high > 0.0 { high * 1.05 } else { 1.0 }), (bottom, top));
        let mut canvas = Canvas::new(WIDTH, bottom + 50.0, &self.title, &self.description);
        canvas.y_axis(&y, (LEFT, RIGHT), &self.y_label);
        self.groups(&mut canvas, &y, bottom);
        canvas.line("axis", (LEFT, bottom), (RIGHT, bottom));
        canvas.text("axis-name", ((LEFT + RIGHT) / 2.0, bottom + 40.0), "middle", &self.x_label);
        canvas.legend(&names, (8.0, RIGHT), mark);
        canvas.finish()
    }

    fn groups(&self, canvas: &mut Canvas, y: &Scale, bottom: f64) {
        let group = (RIGHT - LEFT) / self.categories.len().max(1) as f64;
        let bar = group * 0.8 / self.series.len().max(1) as f64;
        let every = (self.room() / group).ceil().max(1.0) as usize;
        for (i, category) in self.categories.iter().enumerate() {
            let left = LEFT + group * (i as f64 + 0.1);
            for (k, series) in self.series.iter().enumerate() {
                let value = series.values.get(i).copied().filter(|v| v.is_finite()).unwrap_or(0.0);
                let x = left + bar * k as f64;
                let said = format!("{category}, {}: {}", series.name, figure(value));
                canvas.bar(k, (x, x + bar), (y.place(value), bottom), &said);
            }
            if i.is_multiple_of(every) {
                let room = (group * every as f64 / 6.8) as usize;
                canvas.label((left + group * 0.4, bottom + 18.0), "middle", category, room.max(3));
            }
        }
    }

    /// Width that a category's name wants, up to a limit.
    fn room(&self) -> f64 {
        let longest = self.categories.iter().map(|c| c.chars().count()).max().unwrap_or(0);
        8.0 + 6.8 * longest.clamp(2, 8) as f64
    }
}

/// A small bar of a series as a sign in a legend.
pub(super) fn mark(canvas: &mut Canvas, series: usize, (x, y): (f64, f64)) {
    let class = series_class(series);
    let (left, top) = (x + 12.0, y - 6.0);
    canvas.raw(&format!(
        "<rect class=\"fill {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"12\" height=\"12\"/>"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_drawn_and_a_missing_one_is_not() {
        let plot = BarPlot {
            categories: vec!["<a>".into(), "b".into()],
            series: vec![
                Bars { name: "before".into(), values: vec![0.25, 0.75] },
                Bars { name: "now".into(), values: vec![f64::NAN] },
            ],
            ..BarPlot::default()
        };
        let svg = plot.render();
        assert_eq!(svg.as_str().matches("<rect").count(), 2 + 2);
        assert!(svg.as_str().contains("&lt;a&gt;, before: 0.25"));
    }
}
