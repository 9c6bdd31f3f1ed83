//! The reports of a validation.

mod page;
mod summary;
mod words;

pub use page::html;
pub use summary::markdown;
