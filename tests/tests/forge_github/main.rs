//! GitHub behind the forge port, against a strict fake: what is written, that it is written once
//! whatever goes wrong, and what is said when a permission is missing.

mod checks;
mod comments;
mod deployments;
mod faults;
mod hostile;
mod operations;
mod proposals;
mod refusals;
mod setting;
mod tickets;
