//! What git says of a work tree.

use std::path::Path;

use git2::{ErrorClass, ErrorCode, Repository, StatusOptions};

use crate::domain::error::{Error, ErrorKind, Result};

/// What git says of a work tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkTree {
    /// The commit that is checked out; none before the first.
    pub commit: Option<String>,
    /// A tracked file differs from that commit. Untracked files do not count: what a training
    /// writes is untracked.
    pub dirty: Option<bool>,
    /// Address of the remote `origin`, or of the only remote, without credentials.
    pub repository: Option<String>,
    /// The user's name in git's configuration.
    pub user: Option<String>,
}

/// Reads the repository around `folder`; `None` when there is none. A detached head and a shallow
/// clone are as good as any.
///
/// # Errors
/// The repository belongs to another user, or cannot be read.
pub fn read(folder: &Path) -> Result<Option<WorkTree>> {
    let repository = match Repository::discover(folder) {
        Ok(repository) => repository,
        Err(e) if e.code() == ErrorCode::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(folder, e)),
    };
    let commit = match repository.head().and_then(|head| head.peel_to_commit()) {
        Ok(commit) => Some(commit.id().to_string()),
        Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => None,
        Err(e) => return Err(unreadable(folder, e)),
    };
    let dirty = match commit.is_some() && !repository.is_bare() {
        true => Some(is_dirty(&repository).map_err(|e| unreadable(folder, e))?),
        false => None,
    };
    let user = repository.config().ok().and_then(|c| c.get_string("user.name").ok());
    Ok(Some(WorkTree { commit, dirty, repository: remote(&repository), user }))
}

fn unreadable(folder: &Path, error: git2::Error) -> Error {
    let not_ours = error.code() == ErrorCode::Owner && error.class() == ErrorClass::Config;
    let message =
        format!("cannot read the git repository of {}: {}", folder.display(), error.message());
    match not_ours || error.code() == ErrorCode::Owner {
        true => Error::new(ErrorKind::Permission, message).hint(
            "the repository belongs to another user; trust it with \
             `git config --global --add safe.directory <folder>`",
        ),
        false => Error::new(ErrorKind::Io, message)
            .hint("`git status` there shows whether the repository is whole"),
    }
    .caused_by(error)
}

fn is_dirty(repository: &Repository) -> Result<bool, git2::Error> {
    let mut options = StatusOptions::new();
    options.include_untracked(false).include_ignored(false).exclude_submodules(true);
    Ok(!repository.statuses(Some(&mut options))?.is_empty())
}

fn remote(repository: &Repository) -> Option<String> {
    let config = repository.config().ok()?;
    let url = |name: &str| config.get_string(&format!("remote.{name}.url")).ok();
    let address = url("origin").or_else(|| {
        let names = repository.remotes().ok()?;
        match names.len() {
            1 => url(names.get(0).ok().flatten()?),
            _ => None,
        }
    })?;
    Some(without_credentials(&address))
}

/// The address without user, password, query and fragment; the user of ssh stays, as it is part
/// of the address there.
pub fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    if scheme == "file" {
        return address.to_owned();
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    // A password may hold an unescaped `/`: what stands for the port then is no number.
    let port = host.rsplit_once(':').map(|(_, port)| port);
    let torn = port.is_some_and(|p| !p.bytes().all(|b| b.is_ascii_digit()) && !p.ends_with(']'));
    if torn && let Some((_, rest)) = rest.rsplit_once('@') {
        return format!("{scheme}://{rest}");
    }
    match user.filter(|_| scheme.ends_with("ssh")) {
        Some(user) => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}@{host}{path}")
        }
        None => format!("{scheme}://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_stay_in_an_address() {
        for (address, clean) in [
            ("https://github.com/acme/churn.git", "https://github.com/acme/churn.git"),
            ("https://x-token:s3cret@github.com/acme/churn", "https://github.com/acme/churn"),
            ("https://s3cret@dev.azure.com/acme/_git/x", "https://dev.azure.com/acme/_git/x"),
            ("https://u:s3c/ret@host/acme", "https://host/acme"),
            ("https://u:s3c@ret@host:8443/acme", "https://host:8443/acme"),
            ("https://host/acme?private_token=s3cret#s3cret", "https://host/acme"),
            ("https://host/@scope/churn", "https://host/@scope/churn"),
            ("ssh://git:s3cret@host:22/acme.git", "ssh://git@host:22/acme.git"),
            ("git@github.com:acme/churn.git", "git@github.com:acme/churn.git"),
            ("http://[::1]:80/acme", "http://[::1]:80/acme"),
        ] {
            assert_eq!(without_credentials(address), clean);
        }
    }
}
