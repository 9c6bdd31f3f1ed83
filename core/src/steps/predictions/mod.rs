//! Predictions: files with labels and scores into what gates and metrics look at.

mod answers;
mod check;
mod classes;
mod columns;
mod guess;
mod join;
mod labels;
mod load;
mod multiclass;
mod names;
mod numeric;
mod rows;
mod scored;
mod survey;

#[cfg(test)]
mod guess_tests;
#[cfg(test)]
mod tests;

pub use guess::{Guess, guess};
pub use load::{Files, load};
pub(super) use scored::check_format;
pub use scored::{ByModels, Model, open, score, score_guessing};
