//! Detectors of change in a stream of values, one value at a time; and over the windows of a metric.

mod adwin;
mod ddm;
mod page_hinkley;
mod self_starting;
mod watch;

pub use adwin::Adwin;
pub use ddm::{Ddm, State};
pub use page_hinkley::{Moved, PageHinkley, Towards};
pub use self_starting::SelfStarting;
pub use watch::{Change, Detector, Level, Told, Watch, Window};

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod watch_tests;
