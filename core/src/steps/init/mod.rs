//! `init`: what a repository needs to begin with: a commented `outerloop.yaml`, and the workflows of
//! the CI system that it uses.

mod configuration;
mod run;
mod survey;
mod templates;
mod write;

#[cfg(test)]
mod tests;

pub use run::{InitInput, Initialised, run};
pub use templates::Workflows;
