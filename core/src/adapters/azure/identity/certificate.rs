//! The assertion of a certificate: a token that the application signs itself (RFC 7523), with the
//! certificate's SHA-256 in its head (`x5t#S256`, RFC 7515, 4.1.8).

use std::path::Path;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PSS_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::way::Application;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// How long an assertion is good for.
const LIFE: Duration = Duration::from_secs(600);

/// An assertion for `audience`, signed with the key in the PEM file at `path`.
///
/// # Errors
/// The file cannot be read, or holds no certificate, or no RSA key that is not encrypted.
pub(super) fn assertion(
    path: &Path,
    of: &Application,
    audience: &str,
    now: Timestamp,
) -> Result<Secret> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Error::io("read the certificate in", path, e))?;
    let wrong = |why: &str| {
        Error::usage(format!("{}: {why}", path.display())).hint(
            "AZURE_CLIENT_CERTIFICATE_PATH is a PEM file with the certificate and its RSA key; \
             `openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem` makes one of a PFX file",
        )
    };
    let certificate =
        block(&text, "CERTIFICATE").ok_or_else(|| wrong("there is no certificate"))?;
    let key = key(&text).map_err(|why| wrong(&why))?;
    let thumbprint = digest(&certificate);
    let identity: u128 = rand::random();
    let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
    let claims = json!({
        "aud": audience,
        "iss": of.client,
        "sub": of.client,
        "jti": format!("{identity:032x}"),
        "nbf": now.as_second(),
        "exp": now.as_second() + LIFE.as_secs() as i64,
    });
    let signed = format!("{}.{}", part(&head), part(&claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| wrong("the key cannot sign"))?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

fn key(text: &str) -> Result<KeyPair, String> {
    if text.contains("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err("the key is encrypted".to_owned());
    }
    let read = match (block(text, "PRIVATE KEY"), block(text, "RSA PRIVATE KEY")) {
        (Some(bytes), _) => KeyPair::from_pkcs8(&bytes),
        (None, Some(bytes)) => KeyPair::from_der(&bytes),
        (None, None) => return Err("there is no private key".to_owned()),
    };
    read.map_err(|_| "the key is no RSA key of 2048 bits or more".to_owned())
}

/// The bytes of the first PEM block with this label (RFC 7468).
fn block(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (inner, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let digits: String = inner.split_whitespace().collect();
    STANDARD.decode(digits).ok()
}
