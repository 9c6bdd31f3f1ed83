//! Where this program runs.

pub mod ci;
pub mod terminal;
pub mod work_tree;

pub use terminal::TerminalHost;
