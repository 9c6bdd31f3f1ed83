//! Plots as inline SVG. Colours come from the page's style, so that a plot is readable in light
//! and dark; each plot has a title and a description for those who cannot see it.

pub mod bars;
pub mod canvas;
pub mod density;
pub mod histogram;
pub mod interval;
pub mod line;
pub mod reliability;

pub use bars::{BarPlot, Bars};
pub use canvas::Svg;
pub use density::DensityPlot;
pub use histogram::{HistogramPlot, Steps};
pub use interval::{IntervalPlot, IntervalRow};
pub use line::{LinePlot, Series};
pub use reliability::ReliabilityPlot;
