//! Which way leads to the artifacts at an address.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use super::bucket::InBucket;
use super::folder::InFolder;
use super::presigned::Presigned;
use super::proxied::Proxied;
use crate::adapters::mlflow::Server;
use crate::adapters::objects::{Cloud, Peer as _, Surroundings, Wanted, Whole};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::source::Coming;
use crate::ports::store::Progress;

/// Artifacts below one address. Paths are relative to it.
pub(in crate::adapters) trait Artifacts: Debug + Send + Sync {
    /// Bytes of every file below `folder` (empty: of all), by path; none where there is no such
    /// folder.
    ///
    /// # Errors
    /// The server does not answer, or does not let us.
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>>;

    /// Puts a file, over whatever is there.
    ///
    /// # Errors
    /// The file cannot be read or has another digest: nothing is kept. As [`Artifacts::files`].
    fn put(&self, path: &str, whole: Whole<'_>, progress: Progress<'_>) -> Result<()>;

    /// Fetches a file.
    ///
    /// # Errors
    /// It is not there, or has another digest: nothing is at the target. As [`Artifacts::files`].
    fn fetch(&self, path: &str, fetch: Fetch<'_>) -> Result<()>;
}

/// What is fetched, and where it goes.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Fetch<'a> {
    /// Where it is put, when it is whole.
    pub into: &'a Path,
    /// What it must be; none: whatever it is.
    pub digest: Option<&'a Digest>,
    /// Told of the bytes.
    pub progress: Progress<'a>,
}

impl<'a> Fetch<'a> {
    /// As the object stores' own download wants it told.
    pub(super) fn wanted(&self, coming: Coming<'a>) -> Wanted<'a> {
        let name = self.into.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let pages = name.eq_ignore_ascii_case("html") || name.eq_ignore_ascii_case("htm");
        Wanted { into: self.into, digest: self.digest, progress: coming, pages, within: None }
    }
}

/// The artifacts at `uri`; `run` is the run that they are of.
///
/// # Errors
/// They are in a place that this program cannot reach.
pub(in crate::adapters) fn open(
    server: &Arc<Server>,
    uri: &str,
    run: Option<&str>,
) -> Result<Arc<dyn Artifacts>> {
    if let Some(root) = proxied(uri, server.base()) {
        return Ok(Arc::new(Proxied::new(Arc::clone(server), root)));
    }
    let shown = uri.split(['?', '#']).next().unwrap_or_default();
    if uri.starts_with("file:") || uri.starts_with('/') {
        return Ok(Arc::new(InFolder::at(uri)?));
    }
    let found = shown.split_once("://").and_then(|(scheme, rest)| Some((Cloud::of(scheme)?, rest)));
    let Some((cloud, rest)) = found else { return Err(unreachable(shown)) };
    let around = server.around();
    if let Some(run) = run
        && !cloud.has_login(Surroundings::of(&*around))
    {
        let server = Arc::clone(server);
        return Ok(Arc::new(Presigned::new(server, run, shown, cloud.login())));
    }
    let (holder, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    Ok(Arc::new(InBucket::new(server, cloud, holder, prefix.trim_matches('/'))))
}

/// The folder below the server's artifacts that `uri` names; none: clients go elsewhere themselves.
fn proxied(uri: &str, base: &str) -> Option<String> {
    let path = match uri.strip_prefix("mlflow-artifacts:") {
        Some(rest) => match rest.strip_prefix("//") {
            Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
            None => rest,
        },
        // The older form names the server itself.
        None => uri.strip_prefix(base)?.strip_prefix("/api/2.0/mlflow-artifacts/artifacts/")?,
    };
    Some(path.trim_matches('/').to_owned())
}

fn unreachable(shown: &str) -> Error {
    let shown = crate::adapters::http::one_line(shown);
    let message = format!("the MLflow server keeps files at {shown}, where this program cannot go");
    let hint = if shown.starts_with("dbfs:") {
        "Databricks gives its files out by calls of its own; name another store by store.url"
    } else {
        "start the server with --serve-artifacts, or name another store by store.url"
    };
    Error::new(ErrorKind::Unsupported, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::SystemClock;
    use crate::adapters::http::RetryPolicy;
    use crate::adapters::mlflow::Login;

    const BASE: &str = "https://mlflow.acme.example";

    fn way(uri: &str, variables: &'static [&str]) -> String {
        let server =
            Server::new(BASE, Login::default(), Arc::new(SystemClock), RetryPolicy::default());
        let server = server.unwrap();
        let around = |name: &str| variables.contains(&name).then(|| "x".to_owned());
        let server = Arc::new(server.within(Arc::new(around)));
        match open(&server, uri, Some("0a")) {
            Ok(artifacts) => format!("{artifacts:?}"),
            Err(error) => format!("{error}; {}", error.hint_text().unwrap_or_default()),
        }
    }

    #[test]
    fn the_folder_behind_the_server_is_understood() {
        for (uri, root) in [
            ("mlflow-artifacts:/1/a/artifacts", "1/a/artifacts"),
            ("mlflow-artifacts://acme:5000/1/a", "1/a"),
            ("https://mlflow.acme.example/api/2.0/mlflow-artifacts/artifacts/1/a", "1/a"),
        ] {
            assert_eq!(proxied(uri, BASE).as_deref(), Some(root));
        }
        let foreign = "https://other.example/api/2.0/mlflow-artifacts/artifacts/1/a";
        assert_eq!(proxied(foreign, BASE), None);
    }

    #[test]
    fn ones_own_login_goes_to_the_bucket_and_the_servers_signature_stands_for_a_missing_one() {
        let s3 = "s3://acme/1/0a/artifacts";
        assert!(way(s3, &["AWS_ACCESS_KEY_ID"]).contains("InBucket"));
        assert!(way(s3, &["AZURE_STORAGE_KEY"]).contains("Presigned"));
        let azure = "wasbs://models@acme.blob.core.windows.net/1/0a/artifacts";
        assert!(way(azure, &["AZURE_STORAGE_KEY"]).contains("InBucket"));
        assert!(way("gs://acme/1", &["GOOGLE_OAUTH_ACCESS_TOKEN"]).contains("InBucket"));
        let dbfs = way("dbfs:/databricks/mlflow/1?sig=secret", &[]);
        assert!(
            dbfs.contains("dbfs:/databricks/mlflow/1,") && dbfs.contains("store.url"),
            "{dbfs}"
        );
        assert!(way("ftp://acme/1", &[]).contains("--serve-artifacts"));
        assert!(way("/none/mlruns/1/0a/artifacts", &[]).contains("/none/mlruns"));
    }
}
