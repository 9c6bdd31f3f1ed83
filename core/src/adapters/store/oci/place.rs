//! `oci://HOST[:PORT]/REPOSITORY`.

use crate::domain::error::{Error, Result};

/// A repository of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Host, with its port where it has one.
    pub(super) host: String,
    /// Name of the repository.
    pub(super) repository: String,
}

impl Place {
    /// Reads an address.
    ///
    /// # Errors
    /// No host, no repository, or a name that no repository has.
    pub(super) fn of(url: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::config(format!("`{}` {why}", url.escape_debug()))
                .hint("write oci://HOST/REPOSITORY, such as oci://ghcr.io/acme/models")
        };
        let rest = url.strip_prefix("oci://").ok_or_else(|| wrong("is no oci:// address"))?;
        let (host, repository) = rest
            .trim_end_matches('/')
            .split_once('/')
            .ok_or_else(|| wrong("names no repository"))?;
        if host.contains('@') {
            return Err(wrong("has a login in it; it is taken from `docker login`"));
        }
        let is_host = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        if !is_host {
            return Err(wrong("names no host"));
        }
        if repository.contains([':', '@']) {
            return Err(wrong("ends with a tag or a digest; the store makes its own tags"));
        }
        if !repository.split('/').all(is_component) {
            return Err(wrong(
                "has a name that no repository has: lower case, digits and ._- only",
            ));
        }
        Ok(Self { host: host.to_owned(), repository: repository.to_owned() })
    }

    /// Where its API begins. Only this machine is spoken to without encryption.
    pub(super) fn base(&self) -> String {
        let name = self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name);
        let near = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
        let scheme = if near { "http" } else { "https" };
        format!("{scheme}://{}/v2/{}", self.host, self.repository)
    }
}

/// `[a-z0-9]+` joined by `.`, `_`, `__` or any number of `-`.
fn is_component(part: &str) -> bool {
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<u8>| b.is_some_and(sound);
    ends(part.bytes().next())
        && ends(part.bytes().next_back())
        && part.bytes().all(|b| sound(b) || b"._-".contains(&b))
        && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].iter().any(|two| part.contains(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let place = Place::of("oci://ghcr.io/acme/models/").unwrap();
        assert_eq!(place.base(), "https://ghcr.io/v2/acme/models");
        let near = Place::of("oci://127.0.0.1:5000/a__b/c--d/e.f").unwrap();
        assert_eq!(near.base(), "http://127.0.0.1:5000/v2/a__b/c--d/e.f");
    }

    #[test]
    fn what_is_no_repository_is_refused() {
        for url in [
            "oci://ghcr.io",
            "oci://ghcr.io/",
            "oci:///acme",
            "ghcr.io/acme",
            "oci://ghcr.io/Acme/models",
            "oci://ghcr.io/acme/models:latest",
            "oci://ghcr.io/acme//models",
            "oci://ghcr.io/../models",
            "oci://ghcr.io/acme/a..b",
            "oci://me:secret@ghcr.io/acme",
            "oci://ghcr.io/acme?x",
        ] {
            let error = Place::of(url).err().unwrap_or_else(|| panic!("{url} is taken"));
            assert!(error.hint_text().is_some());
        }
    }
}
