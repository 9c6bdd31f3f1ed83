//! How an endpoint is spoken to, and how its address tells.

use std::str::FromStr;

use crate::domain::error::{Error, Result};

/// How rows and answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Open Inference Protocol v2, at `/v2/models/NAME/infer`.
    OpenInference,
    /// The scoring server of MLflow, at `/invocations`.
    Mlflow,
    /// An online endpoint of Azure Machine Learning, at `/score`.
    AzureMl,
}

impl FromStr for Protocol {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "open-inference" => Ok(Self::OpenInference),
            "mlflow" => Ok(Self::Mlflow),
            "azure-ml" => Ok(Self::AzureMl),
            other => Err(Error::usage(format!("`{other}` is no protocol of an endpoint"))
                .hint("write open-inference, mlflow or azure-ml")),
        }
    }
}

impl Protocol {
    /// The protocol that the end of an address's path stands for.
    ///
    /// # Errors
    /// It tells none.
    pub(super) fn of_path(path: &str) -> Result<Self> {
        let path = path.trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        match last {
            "invocations" => Ok(Self::Mlflow),
            "score" => Ok(Self::AzureMl),
            _ if path.contains("/v2/models/") => Ok(Self::OpenInference),
            _ => Err(Error::usage(format!(
                "the path `{path}` does not tell how the endpoint is spoken to"
            ))
            .hint(
                "give an address such as https://HOST/v2/models/NAME/infer, \
                 https://HOST/invocations or https://HOST/score, or name --protocol",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_the_protocol() {
        for (path, protocol) in [
            ("/v2/models/acme/infer", Protocol::OpenInference),
            ("/v2/models/acme/versions/3/infer/", Protocol::OpenInference),
            ("/some/where/invocations", Protocol::Mlflow),
            ("/score", Protocol::AzureMl),
        ] {
            assert_eq!(Protocol::of_path(path).ok(), Some(protocol), "{path}");
        }
        assert!(Protocol::of_path("/predict").is_err());
    }
}
