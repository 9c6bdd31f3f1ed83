//! The store in a bucket or container of an object store.

mod store;

pub use store::ObjectStore;
