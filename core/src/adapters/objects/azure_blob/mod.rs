//! Azure Blob Storage: where a container is, how it is opened, and what is sent to it.

mod answers;
mod call;
mod login;
mod place;

pub(in crate::adapters) use answers::{Names, blocks, folders, is_absent_container, is_own, page};
pub(in crate::adapters) use call::{block, call, folders_below};
pub(in crate::adapters) use login::Login;
pub(in crate::adapters) use place::{Place, found};
