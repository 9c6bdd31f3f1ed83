//! Branches: where they point, and moving them only from where they were seen.

use serde::Deserialize;
use serde_json::json;

use super::forge::Repo;
use crate::adapters::azure::devops::{CONTRIBUTE, READ};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::{Error, ErrorKind};

/// What stands for "does not exist" where a commit is expected.
const NOTHING: &str = "0000000000000000000000000000000000000000";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ref {
    name: String,
    object_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Updated {
    success: bool,
    #[serde(default)]
    update_status: String,
    #[serde(default)]
    custom_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    #[serde(default)]
    default_branch: Option<String>,
}

/// The full name of a branch.
pub(super) fn full(branch: &str) -> String {
    if branch.starts_with("refs/") { branch.to_owned() } else { format!("refs/heads/{branch}") }
}

/// The repository's default branch, by its full name.
pub(super) fn default(repo: Repo<'_>) -> http::Result<String> {
    let found: Repository = repo.devops.ask(&Request::get(&repo.path(&[])), READ)?;
    found.default_branch.ok_or_else(|| {
        Failure::from(
            Error::not_found("the repository has no default branch, since it is empty")
                .hint("push a first commit"),
        )
    })
}

/// The commit at the tip of a branch.
pub(super) fn tip(repo: Repo<'_>, branch: &str) -> http::Result<Option<String>> {
    let short = branch.trim_start_matches("refs/");
    let request = Request::get(&repo.path(&["refs"])).query("filter", short);
    // The filter is only the beginning of a name.
    let found: Vec<Ref> = repo.devops.list(&request, READ)?;
    Ok(found.into_iter().find(|r| r.name == branch).map(|r| r.object_id))
}

/// Lets `branch` point at `to`, if it still points at `from` (none: it does not exist). False when
/// it points elsewhere by now.
pub(super) fn move_to(
    repo: Repo<'_>,
    branch: &str,
    from: Option<&str>,
    to: &str,
) -> http::Result<bool> {
    let update = json!([{
        "name": branch, "oldObjectId": from.unwrap_or(NOTHING), "newObjectId": to,
    }]);
    // A second time it finds the branch moved, and says so: safe to repeat.
    let request = Request::post(&repo.path(&["refs"])).json(&update).safe_to_repeat();
    let results: Vec<Updated> = repo.devops.list(&request, CONTRIBUTE)?;
    match results.first() {
        Some(result) if result.success => Ok(true),
        Some(result) if result.update_status == "staleOldObjectId" => Ok(false),
        result => Err(refused(repo, branch, result)),
    }
}

fn refused(repo: Repo<'_>, branch: &str, result: Option<&Updated>) -> Failure {
    let status = result.map_or("no answer", |r| r.update_status.as_str());
    let message = result.and_then(|r| r.custom_message.as_deref()).unwrap_or_default();
    let may = ["permission", "rejected", "force", "locked"];
    let kind = if may.iter().any(|word| status.to_ascii_lowercase().contains(word)) {
        ErrorKind::Permission
    } else {
        ErrorKind::Unavailable
    };
    let text = format!("the branch {branch} cannot be moved: {status} {message}");
    let identity = repo.devops.run().identity();
    Error::new(kind, text.trim_end()).hint(CONTRIBUTE.hint(&identity)).into()
}
