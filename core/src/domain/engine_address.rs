//! Where an engine is: a connection string as Spark Connect documents it.

use std::fmt;
use std::str::FromStr;

use super::error::{Error, Result};
use super::secret::Secret;

/// The port that Spark Connect servers listen on unless told otherwise.
const PORT: u16 = 15002;
/// How it is written, for hints.
const SHAPE: &str = "write sc://host:port, or sc://host:port/;token=…;use_ssl=true";

/// `sc://host:port/;key=value;…`. `Display` shows the host and the port alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineAddress {
    /// Name or address of the server; IPv6 in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// `token`: the login.
    pub token: Option<Secret>,
    /// `user_id`: whose session it is.
    pub user: Option<String>,
    /// `session_id`: a session of the user's, which is not ended.
    pub session: Option<String>,
    /// `user_agent`: who calls.
    pub agent: Option<String>,
    /// Everything else, sent along as headers.
    pub headers: Vec<(String, String)>,
}

impl fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sc://{}:{}", self.host, self.port)
    }
}

impl FromStr for EngineAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some(rest) = text.trim().strip_prefix("sc://") else {
            let scheme = text.split_once("://").map_or("no scheme", |(scheme, _)| scheme);
            return Err(Error::usage(format!(
                "the address of an engine begins with sc://, and this one has {}",
                scheme.escape_debug()
            ))
            .hint(SHAPE));
        };
        let (place, parameters) = rest.split_once('/').unwrap_or((rest, ""));
        if place.contains(';') {
            return Err(
                Error::usage("the parameters of an engine's address begin with /;").hint(SHAPE)
            );
        }
        let (host, port) = host_and_port(place)?;
        let mut address = Self {
            host,
            port,
            tls: false,
            token: None,
            user: None,
            session: None,
            agent: None,
            headers: Vec::new(),
        };
        let mut tls = None;
        for parameter in parameters.split(';').filter(|p| !p.is_empty()) {
            address.take(parameter, &mut tls)?;
        }
        address.tls = tls.unwrap_or(address.token.is_some());
        Ok(address)
    }
}

impl EngineAddress {
    fn take(&mut self, parameter: &str, tls: &mut Option<bool>) -> Result<()> {
        let Some((key, value)) = parameter.split_once('=') else {
            return Err(Error::usage("a parameter of the engine's address has no `=`").hint(SHAPE));
        };
        let value = decoded(value).ok_or_else(|| {
            Error::usage(format!("`{}` of the engine's address is not text", key.escape_debug()))
                .hint("write odd bytes as %20, in UTF-8")
        })?;
        match key {
            "use_ssl" => {
                *tls = Some(value.parse().map_err(|_| {
                    Error::usage("`use_ssl` of the engine's address is true or false").hint(SHAPE)
                })?);
            }
            "token" => self.token = Some(Secret::new(value)),
            "user_id" => self.user = Some(value),
            "user_agent" => self.agent = Some(value),
            "session_id" => self.session = Some(session(value)?),
            // Messages of any size that an engine sends are taken.
            "grpc_max_message_size" => {}
            _ => self.headers.push((header(key)?, value)),
        }
        Ok(())
    }

    /// Whether the server is on this machine.
    pub fn is_local(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "[::1]") || self.host.starts_with("127.")
    }

    /// With a token from elsewhere, where it has none of its own. A token goes over an encrypted
    /// connection, but for a server on this machine.
    ///
    /// # Errors
    /// A token for another machine over a connection that is not encrypted.
    pub fn with_token(mut self, token: Option<String>) -> Result<Self> {
        if self.token.is_none()
            && let Some(token) = token
        {
            self.token = Some(Secret::new(token));
            self.tls |= !self.is_local();
        }
        if self.token.is_some() && !self.tls && !self.is_local() {
            return Err(Error::usage(format!("the token for {self} would go unencrypted"))
                .hint("leave `use_ssl=false` out of the engine's address"));
        }
        Ok(self)
    }
}

fn host_and_port(place: &str) -> Result<(String, u16)> {
    let inside_brackets = place.rfind(']').unwrap_or(0);
    let colon = place.rfind(':').filter(|at| *at > inside_brackets);
    let (host, port) = match colon {
        Some(at) => (&place[..at], Some(&place[at + 1..])),
        None => (place, None),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:%".contains(c);
    if host.is_empty() || !host.chars().all(fits) || (host.contains(':') && !host.starts_with('['))
    {
        return Err(Error::usage("the engine's address names no host").hint(SHAPE));
    }
    let port = match port {
        None => PORT,
        Some(text) => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            Error::usage(format!("`{}` is no port", text.escape_debug())).hint(SHAPE)
        })?,
    };
    Ok((host.to_owned(), port))
}

/// Servers take a session's id as a UUID.
fn session(value: String) -> Result<String> {
    let sound = value.len() == 36
        && value.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    if sound {
        return Ok(value);
    }
    Err(Error::usage("`session_id` of the engine's address is no UUID")
        .hint("write it as 00112233-4455-6677-8899-aabbccddeeff, or leave it out"))
}

fn header(key: &str) -> Result<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !key.is_empty() && key.chars().all(fits) && !key.to_ascii_lowercase().ends_with("-bin") {
        return Ok(key.to_ascii_lowercase());
    }
    Err(Error::usage(format!("`{}` cannot be sent to the engine as a header", key.escape_debug()))
        .hint("headers have letters, digits, `-`, `_` and `.`"))
}

/// The text behind `%41`; `None` where it is not UTF-8 or has control characters.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> EngineAddress {
        text.parse().expect(text)
    }

    #[test]
    fn addresses_are_read_as_spark_documents_them() {
        let plain = read("sc://localhost");
        assert_eq!((plain.host.as_str(), plain.port, plain.tls), ("localhost", 15002, false));
        assert_eq!(read("sc://[::1]:50051/").to_string(), "sc://[::1]:50051");
        let full = read(
            "sc://acme.example:443/;token=a%20b;user_id=me;x-databricks-cluster-id=0110-x;\
             session_id=00112233-4455-6677-8899-aabbccddeeff;user_agent=acme",
        );
        assert!(full.tls && full.token.as_ref().is_some_and(|t| t.expose() == "a b"));
        assert_eq!(full.headers, [("x-databricks-cluster-id".to_owned(), "0110-x".to_owned())]);
        assert_eq!(full.user.as_deref(), Some("me"));
        assert!(!format!("{full} {full:?}").contains("a b"), "{full:?}");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused_with_what_to_write() {
        for wrong in [
            "",
            "http://a:1",
            "sc://",
            "sc://:15002",
            "sc://a:0",
            "sc://a:b",
            "sc://a;token=x",
            "sc://a/;token",
            "sc://a/;use_ssl=yes",
            "sc://a/;session_id=x",
            "sc://a/;x=%ff",
            "sc://a/;x=%0a",
            "sc://a b",
            "sc://a/;x-bin=1",
        ] {
            let error = wrong.parse::<EngineAddress>().expect_err(wrong);
            assert!(error.hint_text().is_some(), "{wrong}: {error}");
        }
    }

    #[test]
    fn tokens_go_encrypted_or_nowhere() {
        let token = || Some("t".to_owned());
        assert!(read("sc://acme.example").with_token(token()).expect("encrypted").tls);
        assert!(!read("sc://127.0.0.1:1").with_token(token()).expect("local").tls);
        let open = read("sc://acme.example/;use_ssl=false;token=t");
        assert!(open.with_token(None).is_err());
    }
}
