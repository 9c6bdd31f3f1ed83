//! Scores that the models themselves give to the rows of a data file.

mod answers;
mod class_names;
mod columns;
mod guess;
mod load;
mod open;
mod outputs;
mod plan;
mod run;

#[cfg(test)]
mod tests;

pub use load::{ByModels, Model, score, score_guessing};
pub(in crate::steps) use open::check as check_format;
pub use open::open;
