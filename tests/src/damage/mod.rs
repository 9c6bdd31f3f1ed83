//! Files that nobody wrote: real ones of every kind that is read, damaged by a seed.

mod mutate;
mod originals;

pub use mutate::{Damage, damaged};
pub use originals::{KINDS, original};
