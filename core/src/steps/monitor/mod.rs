//! `monitor`: later data compared with the baseline profile of a version, recorded as an event.

mod align;
mod assess;
mod performance;
mod run;
mod signals;
mod window;

#[cfg(test)]
mod tests;

pub use align::read_options;
pub use assess::{Assessment, assess};
pub use run::{MonitorInput, MonitorOutcome, run};
pub use window::window_of_endpoint;
