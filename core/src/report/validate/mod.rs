//! The reports of a validation.

mod comment;
mod page;
mod summary;
mod words;

pub use comment::{comment, title};
pub use page::html;
pub use summary::markdown;
