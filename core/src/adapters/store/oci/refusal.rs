//! Why a registry does not take a manifest.

use crate::adapters::http::one_line;
use crate::adapters::objects::said;
use crate::domain::error::{Error, ErrorKind};

/// The answer 400 to a manifest.
#[derive(Debug)]
pub(super) struct Refusal {
    code: String,
    words: String,
}

impl Refusal {
    /// What the body says.
    pub(super) fn of(body: &[u8]) -> Self {
        let (code, words) = said(&String::from_utf8_lossy(body));
        Self { code, words }
    }

    /// Whether the same manifest may be taken a moment later. A registry that keeps its state in
    /// files may read a layer's entry while another upload of the same layer writes it, and then
    /// finds no digest in it. The manifest itself is sent under a tag or its own digest, which hold.
    pub(super) fn passes(&self) -> bool {
        self.code == "DIGEST_INVALID"
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let passes = refusal.passes();
        let mut message = "the registry does not take the manifest".to_owned();
        for part in [refusal.code, refusal.words].iter().filter(|part| !part.is_empty()) {
            message.push_str(&format!(": {}", one_line(part)));
        }
        if passes {
            return Self::unavailable(message)
                .hint(
                    "another upload of the same files may be under way; run the same command again",
                )
                .retryable();
        }
        Self::new(ErrorKind::Unsupported, message).hint(
            "it must take OCI artifacts of any type; use a newer version of it, or another store",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Error {
        Refusal::of(body.as_bytes()).into()
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let error = told(r#"{"errors":[{"code":"DIGEST_INVALID","message":"no\nmatch"}]}"#);
        assert!(error.is_retryable(), "{error}");
        assert_eq!(
            error.to_string(),
            "the registry does not take the manifest: DIGEST_INVALID: no match"
        );
        let error = told(r#"{"errors":[{"code":"MANIFEST_INVALID","message":"unknown type"}]}"#);
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.hint_text().is_some_and(|hint| hint.contains("OCI artifacts")));
        assert_eq!(told("no").to_string(), "the registry does not take the manifest");
    }
}
