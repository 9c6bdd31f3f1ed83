//! Azure Blob Storage: a token, a shared access signature, the account's key, or nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::signing::{escaped, hmac};
use super::{Call, Surroundings};
use crate::config::env;
use crate::domain::error::{Error, Result};

/// Version of the REST API.
const VERSION: &str = "2023-11-03";
/// The account of the emulator and its key, which everybody knows.
const EMULATOR: (&str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
);

/// The call for `container/blob`; the container of `abfss://` names its account.
pub(super) fn call(
    holder: &str,
    blob: &str,
    around: Surroundings<'_>,
    now: Timestamp,
) -> Result<Call> {
    let emulated = around.get(env::AZURE_STORAGE_USE_EMULATOR).is_some_and(|v| v == "true");
    let (container, account) = match holder.split_once('@') {
        Some((container, host)) => (container, host.split('.').next().map(str::to_owned)),
        None if emulated => (holder, Some(EMULATOR.0.to_owned())),
        None => {
            (holder, around.first(&[env::AZURE_STORAGE_ACCOUNT_NAME, env::AZURE_STORAGE_ACCOUNT]))
        }
    };
    let account = account.ok_or_else(|| {
        Error::usage("no storage account is named").hint(format!(
            "set {}, or write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
            env::AZURE_STORAGE_ACCOUNT_NAME
        ))
    })?;
    let base = match around.get(env::AZURITE_BLOB_STORAGE_URL).filter(|_| emulated) {
        Some(url) => format!("{}/{account}", url.trim_end_matches('/')),
        None if emulated => format!("http://127.0.0.1:10000/{account}"),
        None => around
            .get(env::AZURE_STORAGE_ENDPOINT)
            .map(|url| url.trim_end_matches('/').to_owned())
            .unwrap_or_else(|| format!("https://{account}.blob.core.windows.net")),
    };
    let url = format!("{base}/{container}/{}", escaped(blob));
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers = vec![
        ("x-ms-date".to_owned(), date.clone()),
        ("x-ms-version".to_owned(), VERSION.to_owned()),
    ];
    if let Some(token) = around.get(env::AZURE_STORAGE_TOKEN) {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    } else if let Some(sas) = around.get(env::AZURE_STORAGE_SAS_TOKEN) {
        let url = format!("{url}?{}", sas.trim_start_matches('?'));
        return Ok(Call { url, headers });
    } else if let Some(key) = key(around, emulated) {
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let path = rest.split_once('/').map(|(_, path)| path).unwrap_or_default();
        let text = format!(
            "GET\n{}x-ms-date:{date}\nx-ms-version:{VERSION}\n/{account}/{path}",
            "\n".repeat(11)
        );
        let key = STANDARD.decode(key.trim()).map_err(|_| {
            Error::usage(format!("{} is not base64", env::AZURE_STORAGE_ACCOUNT_KEY))
                .hint("copy the key of the account as the portal shows it")
        })?;
        let signature = STANDARD.encode(hmac(&key, text.as_bytes()));
        headers.push(("authorization".to_owned(), format!("SharedKey {account}:{signature}")));
    }
    Ok(Call { url, headers })
}

fn key(around: Surroundings<'_>, emulated: bool) -> Option<String> {
    let keys = [env::AZURE_STORAGE_ACCOUNT_KEY, env::AZURE_STORAGE_KEY];
    if emulated { Some(EMULATOR.1.to_owned()) } else { around.first(&keys) }
}
