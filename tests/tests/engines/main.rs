//! Profiles by engines: the same as of the rows in a file.

mod agree;
mod data;
mod faults;
mod profiles;
mod settings;
