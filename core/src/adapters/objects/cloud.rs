//! Which object store, by the scheme of an address.

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::asked::{Ask, Call, Page};
use super::peer::Peer;
use super::{Surroundings, azure_blob, google, s3};
use crate::config::env;
use crate::domain::error::Result;

/// An object store of a cloud, or a server that speaks its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Cloud {
    /// Azure Blob Storage.
    Azure,
    /// Amazon S3.
    S3,
    /// Google Cloud Storage.
    Google,
}

impl Cloud {
    /// By a scheme: `az`, `s3`, `gs` and their other names.
    pub(in crate::adapters) fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "az" | "abfs" | "abfss" | "wasb" | "wasbs" => Some(Self::Azure),
            "s3" | "s3a" => Some(Self::S3),
            "gs" => Some(Self::Google),
            _ => None,
        }
    }

    /// The call that asks it of a bucket or container, `holder`.
    pub(in crate::adapters) fn call(
        self,
        holder: &str,
        ask: Ask<'_>,
        around: Surroundings<'_>,
        now: Timestamp,
    ) -> Result<Call> {
        match self {
            Self::Azure => {
                let (place, login) = azure_blob::found(holder, around)?;
                azure_blob::call(&place, &login, ask, now)
            }
            Self::S3 => Ok(s3::call(holder, ask, around, now)),
            Self::Google => Ok(google::call(holder, ask, around)),
        }
    }

    /// Reads a page of a list.
    pub(in crate::adapters) fn page(self, answer: &str) -> Result<Page> {
        match self {
            Self::Azure => Ok(azure_blob::page(answer)),
            Self::S3 => Ok(s3::page(answer)),
            Self::Google => google::page(answer),
        }
    }

    /// Whether the environment describes a login.
    pub(in crate::adapters) fn has_login(self, around: Surroundings<'_>) -> bool {
        let names: &[&str] = match self {
            Self::S3 => &[env::AWS_ACCESS_KEY_ID],
            Self::Google => &[
                env::GOOGLE_OAUTH_ACCESS_TOKEN,
                env::CLOUDSDK_AUTH_ACCESS_TOKEN,
                env::STORAGE_EMULATOR_HOST,
            ],
            Self::Azure => &[
                env::AZURE_STORAGE_TOKEN,
                env::AZURE_STORAGE_SAS_TOKEN,
                env::AZURE_STORAGE_ACCOUNT_KEY,
                env::AZURE_STORAGE_KEY,
                env::AZURE_STORAGE_USE_EMULATOR,
            ],
        };
        around.first(names).is_some()
    }
}

impl Peer for Cloud {
    fn login(&self) -> &str {
        match self {
            Self::S3 => {
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; \
                 see docs/remote-data.md"
            }
            Self::Google => "set GOOGLE_OAUTH_ACCESS_TOKEN; see docs/remote-data.md",
            Self::Azure => {
                "set AZURE_STORAGE_TOKEN, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_ACCOUNT_KEY, or log \
                 in as for Azure Machine Learning; see docs/remote-data.md"
            }
        }
    }

    fn is_own(&self, headers: &HeaderMap) -> bool {
        *self != Self::Azure || azure_blob::is_own(headers)
    }
}
