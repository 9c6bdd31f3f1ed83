//! The reports of a validation.

mod comment;
mod explain;
mod page;
mod summary;
mod words;

pub use comment::{comment, title};
pub use explain::{explained, explanation};
pub use page::html;
pub use summary::markdown;
pub use words::hurt;
