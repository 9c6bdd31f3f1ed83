//! The artifacts of a run or a model: through the server, in a bucket or a folder where clients go
//! themselves, or by addresses that the server signs.

mod bucket;
mod folder;
mod multipart;
mod place;
mod presigned;
mod proxied;
mod signed;
mod streamed;
mod walk;

pub(super) use signed::Direct;

pub(in crate::adapters) use place::{Artifacts, Fetch, open};
