//! Predictions: files with labels and scores into what gates and metrics look at.

mod answers;
mod check;
mod classes;
mod columns;
mod join;
mod labels;
mod load;
mod multiclass;
mod numeric;
mod rows;

#[cfg(test)]
mod tests;

pub use load::{Files, load};
