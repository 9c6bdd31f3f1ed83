//! A model repository whose registry is an MLflow server.

use std::process::Command;

use outerloop_tests::{Ran, Workshop};

/// A workshop whose model `model` is in the registry at `url`.
pub fn at(url: &str, model: &str) -> Workshop {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", config(url, model));
    workshop
}

/// A configuration that names both.
pub fn config(url: &str, model: &str) -> String {
    format!("model: {model}\nregistry:\n  type: mlflow\n  url: {url}\n")
}

/// Packages one file of so many bytes, which begins with `first`, and gives the bytes.
pub fn package(workshop: &Workshop, first: &str, size: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..size).map(|i| (i * 7 % 251) as u8).collect();
    bytes[..first.len()].copy_from_slice(first.as_bytes());
    workshop.write("model.bin", &bytes);
    workshop.run(&["package", "--model", "model.bin"]).exits(0);
    bytes
}

/// The binary with these arguments and variables.
pub fn command(workshop: &Workshop, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = workshop.command(arguments);
    command.envs(variables.iter().copied());
    command
}

/// Runs it.
pub fn run(workshop: &Workshop, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    Workshop::ran(&mut command(workshop, arguments, variables))
}
