//! The event that started a workflow, as GitHub describes it in a file.

use std::path::Path;

use serde_json::Value;

use crate::config::env;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::host::PullRequest;

/// Reads the description of the event.
///
/// # Errors
/// No such file, or not JSON.
pub(super) fn read(path: Option<&str>) -> Result<Value> {
    let hint = format!(
        "the runner sets {} and writes the file before the first step; run the step again",
        env::GITHUB_EVENT_PATH
    );
    let Some(path) = path else {
        return Err(Error::input(format!("{} is not set", env::GITHUB_EVENT_PATH)).hint(hint));
    };
    let bytes = std::fs::read(path)
        .map_err(|e| Error::io("read the event in", Path::new(path), e).hint(hint.clone()))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::input(format!("the event in {path} is not JSON: {e}")).hint(hint))
}

/// The pull request that the event is about.
///
/// # Errors
/// It has no number.
pub(super) fn pull_request(event: &Value) -> Result<Option<PullRequest>> {
    let pull = &event["pull_request"];
    if pull.is_null() {
        return Ok(None);
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let number = pull["number"].as_u64().ok_or_else(|| {
        Error::input("the event's pull request has no number")
            .hint("the file of the event was written by something else than GitHub")
    })?;
    let (head, base) = (&pull["head"], &pull["base"]);
    // A fork that was deleted has no repository any more.
    let same = head["repo"]["full_name"].is_string()
        && head["repo"]["full_name"] == base["repo"]["full_name"];
    Ok(Some(PullRequest {
        number,
        head: text(&head["sha"]),
        base: text(&base["ref"]),
        from_fork: !same,
    }))
}

/// The retrain event that a `workflow_dispatch` or `repository_dispatch` carries.
pub(super) fn cause(event: &Value) -> Option<Digest> {
    [&event["inputs"]["event"], &event["client_payload"]["event"]]
        .into_iter()
        .find_map(|value| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pull_request_is_read_with_its_fork() {
        let event = |head: Value| {
            json!({"pull_request": {"number": 7,
                "head": {"sha": "abc", "repo": head},
                "base": {"ref": "main", "repo": {"full_name": "acme/models"}}}})
        };
        let own = pull_request(&event(json!({"full_name": "acme/models"}))).unwrap().unwrap();
        assert_eq!((own.number, own.from_fork), (7, false));
        assert_eq!((own.head.as_deref(), own.base.as_deref()), (Some("abc"), Some("main")));
        for fork in [json!({"full_name": "ada/models"}), Value::Null] {
            assert!(pull_request(&event(fork)).unwrap().unwrap().from_fork);
        }
        assert_eq!(pull_request(&json!({"ref": "refs/heads/main"})).unwrap(), None);
        assert!(pull_request(&json!({"pull_request": {}})).is_err());
    }

    #[test]
    fn a_dispatch_carries_its_event() {
        let id = Digest::of(b"event");
        let text = id.to_string();
        assert_eq!(cause(&json!({"inputs": {"event": text}})), Some(id));
        assert_eq!(cause(&json!({"client_payload": {"event": text}})), Some(id));
        assert_eq!(cause(&json!({"inputs": {"event": "something else"}})), None);
        assert_eq!(cause(&json!({"inputs": null})), None);
    }

    #[test]
    fn a_missing_or_broken_file_is_a_clear_error() {
        assert!(read(None).unwrap_err().to_string().contains("GITHUB_EVENT_PATH"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{").unwrap();
        let error = read(file.path().to_str()).unwrap_err();
        assert!(error.to_string().contains("is not JSON"), "{error}");
        assert!(read(Some("/no/such/file")).unwrap_err().hint_text().is_some());
    }
}
