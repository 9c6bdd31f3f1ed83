//! Addresses of data that is not on this machine.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::pattern::Pattern;

/// Schemes that are understood.
const SCHEMES: [&str; 8] = ["az", "abfs", "abfss", "s3", "s3a", "gs", "https", "http"];

/// An address such as `az://container/scores.parquet`. It is shown without what stands behind a
/// question mark or before an `@`, which may be a secret.
///
/// On an object store it may mean many files: all below a folder where it ends with `/`, all that
/// match where it holds `*` or `**`.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address that `path` is; none: it is a path of this machine.
    ///
    /// # Errors
    /// A scheme that is not understood; an address without a file.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        let Some(text) = path.to_str().filter(|text| text.contains("://")) else {
            return Ok(None);
        };
        let address = Self(text.to_owned());
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !SCHEMES.contains(&scheme) {
            return Err(Error::usage(format!("`{address}` has a scheme that is not understood"))
                .hint("use az://, abfss://, s3://, gs:// or https://, or a path"));
        }
        if scheme == "http" && !is_loopback(rest) {
            return Err(Error::usage(format!("`{address}` is not encrypted"))
                .hint("use https://; http:// is for this machine only"));
        }
        let place = rest.split(['?', '#']).next().unwrap_or_default();
        let (holder, file) = place.split_once('/').unwrap_or_default();
        if holder.is_empty() || file.is_empty() || address.is_web() && file.ends_with('/') {
            return Err(Error::usage(format!("`{address}` names no file"))
                .hint("write it as SCHEME://CONTAINER/PATH/OF/THE/FILE"));
        }
        if !address.is_web() && text.contains('?') {
            return Err(Error::usage(format!("`{address}` has a `?` in it"))
                .hint("a login is read from the environment; a SAS or a presigned URL belongs to https://; in patterns use `*`"));
        }
        Ok(Some(address))
    }

    /// Whether any server may stand behind it, and no object store is meant.
    pub fn is_web(&self) -> bool {
        matches!(self.scheme(), "https" | "http")
    }

    /// Whether it may mean more than one file: a folder or a pattern on an object store.
    pub fn is_many(&self) -> bool {
        !self.is_web() && (self.0.ends_with('/') || Pattern::is_in(&self.0))
    }

    /// The bucket or container (with its account), and what stands behind it.
    pub fn parts(&self) -> (&str, &str) {
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        rest.split_once('/').unwrap_or((rest, ""))
    }

    /// Another file of the same bucket or container.
    #[must_use]
    pub fn sibling(&self, path: &str) -> Self {
        Self(format!("{}://{}/{path}", self.scheme(), self.parts().0))
    }

    /// `path` if it is an address, else `path` below `root`.
    pub fn or_below(root: &Path, path: PathBuf) -> PathBuf {
        let address = path.to_str().is_some_and(|text| text.contains("://"));
        if address { path } else { root.join(path) }
    }

    /// The whole address, with its secrets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `az`, `s3`, `https` and so on.
    pub fn scheme(&self) -> &str {
        self.0.split("://").next().unwrap_or_default()
    }

    /// A path for the file on this machine that tells where it came from. That of a folder or a
    /// pattern holds or matches those of its files.
    pub fn local(&self) -> PathBuf {
        let shown = self.to_string().replacen("://", "/", 1).replace([':', '\\'], "_");
        shown.split('/').filter(|p| !matches!(*p, "" | "." | "..")).collect()
    }
}

fn is_loopback(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
        // `abfss://container@account…` names its account; a password stands behind a colon.
        match rest.split_once('@') {
            Some((login, place)) if login.contains(':') => write!(f, "{scheme}://{place}"),
            _ => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths_and_show_no_secrets() {
        let of = |text: &str| Address::of(Path::new(text));
        assert!(matches!(of("data/a.csv"), Ok(None)));
        let signed = of("https://acme.example/a.csv?sig=secret#x").ok().flatten().expect("is one");
        assert_eq!(signed.to_string(), "https://acme.example/a.csv");
        assert_eq!(format!("{signed:?}"), "https://acme.example/a.csv");
        assert_eq!(signed.local(), Path::new("https/acme.example/a.csv"));
        let login = of("https://me:secret@acme.example/a.csv").ok().flatten().expect("is one");
        assert_eq!(login.to_string(), "https://acme.example/a.csv");
        let up = of("az://acme/../../a.csv").ok().flatten().expect("is one");
        assert_eq!(up.local(), Path::new("az/acme/a.csv"));
        for bad in [
            "ftp://acme/a.csv",
            "http://acme.example/a.csv",
            "az://acme",
            "s3://acme/",
            "s3:///a",
            "https://acme.example/a/",
            "az://acme/a.csv?sig=secret",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert!(matches!(of("http://127.0.0.1:10000/a.csv"), Ok(Some(_))));
        assert!(matches!(of("http://me:secret@127.0.0.1:10000/a.csv"), Ok(Some(_))));
        assert!(of("http://127.0.0.1:1@acme.example/a.csv").is_err());
        assert_eq!(Address::or_below(Path::new("/r"), "a.csv".into()), Path::new("/r/a.csv"));
        assert_eq!(Address::or_below(Path::new("/r"), "az://a/b".into()), Path::new("az://a/b"));
    }

    #[test]
    fn folders_and_patterns_on_stores_are_many_files() {
        for (text, many) in [
            ("s3://acme/logs/", true),
            ("s3://acme/logs/2026-*/a.csv", true),
            ("s3://acme/logs/a.csv", false),
            ("https://acme.example/a*.csv", false),
        ] {
            let address = Address::of(Path::new(text)).ok().flatten().expect("is one");
            assert_eq!(address.is_many(), many, "{text}");
        }
        let one = Address::of(Path::new("s3://acme/logs/")).ok().flatten().expect("is one");
        assert_eq!(one.parts(), ("acme", "logs/"));
        assert_eq!(one.sibling("x/y.csv").as_str(), "s3://acme/x/y.csv");
    }
}
