//! Azure Machine Learning, against a server on loopback that plays it and is held to recordings of
//! the service, with blobs in a real Azurite.

mod binary;
mod faults;
mod login;
mod manager;
mod preview;
mod recorded;
mod registry;
mod requests;
mod setting;
mod storage_login;
mod store;
