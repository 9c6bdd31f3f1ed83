//! Reads why `git` refused, from its own words.

use crate::domain::error::{Error, ErrorKind};

/// Why a fetch or push did not go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The remote has no such reference.
    NoSuchRef,
    /// The reference moved or was locked by another process: look again and try again.
    Moved,
    /// The caller may not do this.
    Permission,
    /// The remote does not exist, or is no repository.
    NoSuchRemote,
    /// A disk is full, here or there.
    Full,
    /// The server does not answer.
    Network,
    /// Anything else.
    Other,
}

const FULL: [&str; 2] = ["no space left on device", "disk quota exceeded"];
const NO_SUCH_REF: [&str; 1] = ["couldn't find remote ref"];
const PERMISSION: [&str; 22] = [
    "permission denied",
    "permission to ",
    "insufficient permission",
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "invalid username or",
    "support for password authentication was removed",
    "returned error: 401",
    "returned error: 403",
    "host key verification failed",
    "hook declined",
    "protected branch",
    "repository rule violations",
    "read-only",
    "read only",
    "deny updating a hidden ref",
    "write access to repository not granted",
    "tf401027",
    "unable to create temporary object directory",
    "not authorized",
];
const MOVED: [&str; 8] = [
    "[rejected]",
    "non-fast-forward",
    "fetch first",
    "cannot lock ref",
    "failed to lock",
    "failed to update ref",
    "incorrect old value",
    "unable to create '",
];
const NO_SUCH_REMOTE: [&str; 4] = [
    "does not appear to be a git repository",
    "repository not found",
    "no such remote",
    "returned error: 404",
];
const NETWORK: [&str; 12] = [
    "could not resolve host",
    "couldn't connect to server",
    "failed to connect",
    "connection refused",
    "connection reset",
    "connection timed out",
    "operation timed out",
    "network is unreachable",
    "no route to host",
    "unexpected disconnect",
    "the remote end hung up",
    "returned error: 5",
];

/// Sorts what `git` wrote into a reason. Permission is looked for before anything that would be
/// tried again, because a server that refuses may also hang up.
pub(super) fn read(output: &str) -> Refusal {
    let text = output.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&NO_SUCH_REF) {
        Refusal::NoSuchRef
    } else if says(&FULL) {
        Refusal::Full
    } else if says(&PERMISSION) {
        Refusal::Permission
    } else if says(&MOVED) {
        Refusal::Moved
    } else if says(&NO_SUCH_REMOTE) {
        Refusal::NoSuchRemote
    } else if says(&NETWORK) {
        Refusal::Network
    } else {
        Refusal::Other
    }
}

/// The error for a refusal that trying again does not cure by itself.
pub(super) fn error(refusal: Refusal, action: &str, remote: &str, output: &str) -> Error {
    let said = said(output);
    let error = |kind, message: String| Error::new(kind, format!("{message}: {said}"));
    match refusal {
        Refusal::Permission if action == "read" => {
            error(ErrorKind::Permission, format!("may not read the registry on `{remote}`"))
                .hint("give the job a token or key that may fetch from the repository")
        }
        Refusal::Full => {
            error(ErrorKind::Io, format!("cannot {action} the registry on `{remote}`"))
                .hint("the disk is full; free some space and run the same command again")
        }
        Refusal::Permission => {
            error(ErrorKind::Permission, format!("may not {action} the registry on `{remote}`"))
                .hint(
                    "nothing was written; give the job a token or key that may push (in GitHub \
                     Actions `permissions: contents: write`) and check server-side hooks and rules \
                     for `refs/outerloop/*`",
                )
        }
        Refusal::NoSuchRemote => {
            error(ErrorKind::Unavailable, format!("there is no repository at `{remote}`"))
                .hint("check `git remote -v` and `registry.remote` in outerloop.yaml")
        }
        Refusal::Network | Refusal::Moved | Refusal::NoSuchRef => {
            error(ErrorKind::Unavailable, format!("cannot {action} the registry on `{remote}`"))
                .hint("check the network and run the same command again; it is safe to repeat")
                .retryable()
        }
        Refusal::Other => {
            error(ErrorKind::Unavailable, format!("cannot {action} the registry on `{remote}`"))
                .hint(format!("try `git ls-remote {remote}` by hand: it goes the same way"))
        }
    }
}

/// The lines that say what went wrong, on one line, without what only decorates.
fn said(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != "Done")
        .filter(|line| !line.starts_with("To ") && !line.starts_with("hint:"))
        .filter(|line| !line.starts_with("error: failed to push some refs"))
        .take(6)
        .collect();
    let text = lines.join("; ");
    if text.is_empty() { "git gave no reason".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_git_and_its_servers_are_told_apart() {
        let cases = [
            ("fatal: couldn't find remote ref refs/outerloop/registry", Refusal::NoSuchRef),
            ("! a:b [rejected] (fetch first)", Refusal::Moved),
            ("! a:b [rejected] (non-fast-forward)", Refusal::Moved),
            (
                "! a:b [remote rejected] (cannot lock ref 'x': is at 1 but expected 2)",
                Refusal::Moved,
            ),
            ("! a:b [remote rejected] (failed to update ref)", Refusal::Moved),
            ("! a:b [remote rejected] (pre-receive hook declined)", Refusal::Permission),
            (
                "remote: Permission to acme/x.git denied to bot.\nfatal: unable to access 'u': The requested URL returned error: 403",
                Refusal::Permission,
            ),
            (
                "fatal: could not read Username for 'https://example.org': terminal prompts disabled",
                Refusal::Permission,
            ),
            (
                "git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                Refusal::Permission,
            ),
            (
                "remote: fatal: Unable to create temporary file 'x': Read-only file system",
                Refusal::Permission,
            ),
            (
                "fatal: unable to access 'u': Could not resolve host: example.invalid",
                Refusal::Network,
            ),
            (
                "fatal: unable to access 'u': Failed to connect to 127.0.0.1 port 1",
                Refusal::Network,
            ),
            ("fatal: '/gone' does not appear to be a git repository", Refusal::NoSuchRemote),
            ("error: file write error: No space left on device", Refusal::Full),
            ("fatal: something new", Refusal::Other),
        ];
        for (words, expected) in cases {
            assert_eq!(read(words), expected, "{words}");
        }
    }
}
