//! A real MLflow server as registry and store.

mod client;
mod conformance;
mod damaged;
mod ending;
mod faults;
mod killed;
mod logins;
mod many;
mod places;
mod refusals;
mod setting;
