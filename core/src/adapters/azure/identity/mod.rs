//! A login at Azure for this program's own calls: which of the logins that Azure knows is there,
//! why it is taken, and tokens of it.
//!
//! A login is chosen once ([`Choice::find`]), in an order that depends on the environment alone, and
//! can be explained ([`Choice::why`], [`Choice::passed`]). Tokens are fetched when they are needed,
//! kept in memory, and fetched anew before they end ([`Tokens`]); a token of the job's own identity
//! is asked for each time, so that a long job never shows one that is over.

mod certificate;
mod choice;
mod cli;
mod cloud;
mod entra;
mod managed;
mod tokens;
mod way;

pub use choice::Choice;
pub use cloud::{Audience, Cloud};
pub use managed::Machine;
pub use tokens::{AccessToken, Tokens};
pub use way::{Application, Way};
