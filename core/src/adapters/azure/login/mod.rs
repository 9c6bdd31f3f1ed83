//! A login at Azure for a program that this one starts: of a service connection of Azure Pipelines,
//! or of a workflow of GitHub Actions. Nothing is asked of Azure here; the program gets the
//! variables that every client library of Azure reads.

mod connection;
mod session;
mod token;
mod token_file;

pub use connection::{Connection, Proof};
pub use session::{AzureLogin, Surroundings};
pub use token::{Claims, TokenSource};
