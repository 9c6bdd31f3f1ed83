//! A profile: what is kept of a data set to compare other data with. It holds no rows.

mod column;
mod data_set;
mod number;
mod packed;
mod points;
mod registers;
mod sum;

pub use column::{
    CategoryProfile, ColumnProfile, ColumnRole, ColumnValues, Distinct, Lengths, Level,
};
pub use data_set::{PROFILE_VERSION, Profile, Segment, Segments};
pub use number::{Distribution, NumberProfile};
pub use points::{Point, Points};
pub use registers::{REGISTERS, Registers};
pub use sum::ExactSum;

/// Numeric columns with at most this many distinct values are kept exactly, as far as they fit into
/// [`MOST_BYTES`].
pub const EXACT_LEVELS: usize = 200;
/// Most bytes that the points of a distribution take, packed.
pub const MOST_BYTES: usize = 920;
/// Categories kept by name; the rest is counted together.
pub const MAX_CATEGORIES: usize = 1000;
