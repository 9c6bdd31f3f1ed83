//! What the adapters for GitHub share: one repository behind its REST API, the permissions that its
//! calls need, and creating a thing exactly once.

mod create;
mod environment;
mod permission;
mod repository;

pub use create::create_once;
pub use environment::branch_or_tag;
pub use permission::Permission;
pub use repository::{Author, GitHub, Login};
