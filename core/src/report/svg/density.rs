//! How often two values meet, as a grid of cells: the darker, the more rows.

use super::canvas::{Canvas, LEFT, Scale, Svg, WIDTH};
use crate::report::number::counted;
use crate::stats::curves::Density;

const SIDE: f64 = 320.0;
const TOP: f64 = 28.0;

/// A grid of counts.
#[derive(Debug, Clone)]
pub struct DensityPlot<'a> {
    /// Title for those who cannot see the plot.
    pub title: String,
    /// What the plot shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// The counts.
    pub density: &'a Density,
}

impl DensityPlot<'_> {
    /// Draws it.
    pub fn render(&self) -> Svg {
        let Density { range, side, cells } = self.density;
        let (bottom, right) = (TOP + SIDE, LEFT + SIDE);
        let mut canvas = Canvas::new(WIDTH, bottom + 46.0, &self.title, &self.description);
        let x = Scale::new(*range, (LEFT, right));
        let y = Scale::new(*range, (bottom, TOP));
        canvas.y_axis(&y, (LEFT, right), &self.y_label);
        canvas.x_axis(&x, (bottom, TOP), &self.x_label);
        let most = cells.iter().copied().max().unwrap_or(0).max(1) as f64;
        let cell = SIDE / *side as f64;
        for (i, count) in cells.iter().enumerate().filter(|(_, count)| **count > 0) {
            let left = LEFT + cell * (i % side) as f64;
            let top = bottom - cell * (i / side + 1) as f64;
            let strength = 0.15 + 0.85 * (1.0 + *count as f64).ln() / (1.0 + most).ln();
            canvas.raw(&format!(
                "<rect class=\"fill one\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{cell:.1}\" \
                 height=\"{cell:.1}\" opacity=\"{strength:.2}\"><title>{}</title></rect>",
                counted(*count, "row")
            ));
        }
        canvas.line("line other", (LEFT, bottom), (right, TOP));
        canvas.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::curves::density;

    #[test]
    fn only_cells_with_rows_are_drawn() {
        let density = density([(0.0, 0.0), (1.0, 1.0)].into_iter(), (0.0, 1.0), 10);
        let plot = DensityPlot {
            title: String::new(),
            description: String::new(),
            x_label: "true".into(),
            y_label: "predicted".into(),
            density: &density,
        };
        assert_eq!(plot.render().as_str().matches("<rect").count(), 2);
    }
}
