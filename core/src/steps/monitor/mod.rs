//! `monitor`: later data compared with the baseline profile of a version, recorded as an event.

mod against;
pub mod alerts;
mod align;
mod assess;
mod awaited;
mod bounds;
mod chunks;
mod detect;
mod judge;
mod labels;
mod look;
pub mod notify;
mod performance;
mod record;
mod run;
mod signals;
mod span;
pub mod ticket;
mod window;

#[cfg(test)]
mod alerts_tests;
#[cfg(test)]
mod awaited_tests;
#[cfg(test)]
mod confidence_tests;
#[cfg(test)]
mod detect_tests;
#[cfg(test)]
mod notify_tests;
#[cfg(test)]
mod signal_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod window_tests;

pub use against::Against;
pub use align::read_options;
pub use assess::{Assessment, assess, assess_profile};
pub use awaited::Awaited;
pub use run::{MonitorInput, MonitorOutcome, run};
pub use span::Moment;
pub use window::{kept_windows, window_of_endpoint};
