//! Where artifacts are.

use crate::domain::error::{Error, ErrorKind, Result};

/// The folder below the server's artifacts that `uri` names.
///
/// # Errors
/// Clients of the server write elsewhere by themselves.
pub fn proxied(uri: &str) -> Result<String> {
    let Some(rest) = uri.strip_prefix("mlflow-artifacts:") else {
        let shown = uri.split(['?', '#']).next().unwrap_or_default();
        let message =
            format!("the MLflow server keeps files at {shown}, where clients go themselves");
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("start the server with --serve-artifacts, or name that place by store.url"));
    };
    let path = match rest.strip_prefix("//") {
        Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
        None => rest,
    };
    Ok(path.trim_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_through_the_server_is_read() {
        assert_eq!(proxied("mlflow-artifacts:/1/a/artifacts").unwrap(), "1/a/artifacts");
        assert_eq!(proxied("mlflow-artifacts://acme:5000/1/a").unwrap(), "1/a");
        let error = proxied("s3://acme/1?sig=secret").unwrap_err();
        assert!(error.to_string().contains("s3://acme/1,") && error.hint_text().is_some());
    }
}
