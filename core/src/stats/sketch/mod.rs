//! What is kept of a column while its values pass: bounded, and put together in any order.

mod big;
pub mod counted;
pub mod distinct;
mod few;
pub mod levels;
pub mod number;
pub mod points;
pub mod quantiles;
pub mod sum;
