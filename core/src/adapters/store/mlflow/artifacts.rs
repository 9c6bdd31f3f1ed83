//! Names of a package's files among the artifacts.

use crate::domain::package::FILES;

/// The artifact of a package's file. MLflow refuses names that it might take for a way out of the
/// artifacts; a part of a path that holds such a character is written in hex digits.
pub(super) fn place(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(part).collect();
    format!("{FILES}/{}", parts.join("/"))
}

fn part(text: &str) -> String {
    let refused = |c: char| c.is_control() || "%#?;\\:*\"<>|".contains(c);
    if !text.contains(refused) && !text.starts_with("~hex~") {
        return text.to_owned();
    }
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("~hex~{digits}")
}
