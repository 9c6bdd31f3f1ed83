//! Bars side by side, such as a column's distribution before and now.

use super::canvas::{Canvas, Scale, Svg, extent, series_class};

const LEFT: f64 = 58.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 270.0;

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
        let y = Scale::new((0.0, if high > 0.0 { high * 1.05 } else { 1.0 }), (BOTTOM, TOP));
        let mut canvas = Canvas::new(720.0, 330.0, &self.title, &self.description);
        canvas.y_axis(&y, (LEFT, RIGHT), &self.y_label);
        self.groups(&mut canvas, &y);
        canvas.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        canvas.text("axis-name", ((LEFT + RIGHT) / 2.0, BOTTOM + 42.0), "middle", &self.x_label);
        self.legend(&mut canvas);
        canvas.finish()
    }

    fn groups(&self, canvas: &mut Canvas, y: &Scale) {
        let group = (RIGHT - LEFT) / self.categories.len().max(1) as f64;
        let bar = group * 0.8 / self.series.len().max(1) as f64;
        let every = (46.0 / group).ceil().max(1.0) as usize;
        for (i, category) in self.categories.iter().enumerate() {
            let left = LEFT + group * (i as f64 + 0.1);
            for (k, series) in self.series.iter().enumerate() {
                let value = series.values.get(i).copied().filter(|v| v.is_finite()).unwrap_or(0.0);
                self.bar(canvas, k, (left + bar * k as f64, bar), (y.place(value), value), i);
            }
            if i.is_multiple_of(every) {
                let room = (group * every as f64 / 6.8) as usize;
                canvas.label((left + group * 0.4, BOTTOM + 18.0), "middle", category, room.max(3));
            }
        }
    }

    fn bar(
        &self,
        canvas: &mut Canvas,
        series: usize,
        (x, width): (f64, f64),
        (top, value): (f64, f64),
        category: usize,
    ) {
        use crate::report::{number::figure, page::escape};
        let names = [&self.categories[category], &self.series[series].name].map(|n| escape(n));
        let [category, name] = names;
        let (class, value, height) = (series_class(series), figure(value), BOTTOM - top);
        canvas.raw(&format!(
            "<rect class=\"fill {class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"><title>{category}, {name}: {value}</title></rect>"
        ));
    }

    fn legend(&self, canvas: &mut Canvas) {
        let mut at = LEFT;
        for (i, series) in self.series.iter().enumerate() {
            let class = series_class(i);
            canvas.raw(&format!(
                "<rect class=\"fill {class}\" x=\"{at:.1}\" y=\"10\" width=\"12\" height=\"12\"/>"
            ));
            canvas.label((at + 19.0, 20.0), "start", &series.name, 40);
            at += 46.0 + 6.6 * series.name.chars().count().min(40) as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_drawn_and_a_missing_one_has_no_height() {
        let plot = BarPlot {
            categories: vec!["<a>".into(), "b".into()],
            series: vec![
                Bars { name: "before".into(), values: vec![0.25, 0.75] },
                Bars { name: "now".into(), values: vec![f64::NAN] },
            ],
            ..BarPlot::default()
        };
        let svg = plot.render();
        assert_eq!(svg.as_str().matches("<rect").count(), 4 + 2);
        assert_eq!(svg.as_str().matches("height=\"0.0\"").count(), 2);
        assert!(svg.as_str().contains("&lt;a&gt;, before: 0.25"));
    }
}
