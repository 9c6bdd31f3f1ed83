//! The agent of Azure Pipelines as far as a task sees it: how it gives a task its inputs, and which
//! of the lines that the task writes are commands.

mod command;
mod effects;
mod step;

pub use command::{Command, escape, lines, parse};
pub use effects::{Completion, Effects, Issue, Restrictions, Variable};
pub use step::{Agent, AgentResult, Connection, as_agent};
