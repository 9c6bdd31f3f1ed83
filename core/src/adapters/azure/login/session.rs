//! A login as a program that is started finds it in its environment.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::connection::{Connection, Proof};
use super::token::{Claims, TokenSource};
use super::token_file::{Renew, TokenFile};
use crate::config::env;
use crate::domain::error::Result;
use crate::ports::clock::Clock;

/// A login, as long as it is kept.
pub struct AzureLogin {
    variables: Vec<(&'static str, Option<OsString>)>,
    /// Its end ends the login.
    _token: Option<TokenFile>,
}

/// What a login needs of the place where it is made.
#[derive(Clone)]
pub struct Surroundings<'a> {
    /// Folder for the token's file.
    pub temp: &'a Path,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Hides a secret in every log line from here on.
    pub mask: Arc<dyn Fn(&str) + Send + Sync>,
    /// Says something to people.
    pub say: &'a dyn Fn(&str),
}

impl AzureLogin {
    /// Makes the login.
    ///
    /// # Errors
    /// No token is given, or its file cannot be written.
    pub fn make(connection: &Connection, around: &Surroundings<'_>) -> Result<Self> {
        let text = |value: &Option<String>| value.as_ref().map(OsString::from);
        let mut variables = vec![
            (env::LOGIN_TENANT, text(&connection.tenant)),
            (env::LOGIN_CLIENT, text(&connection.client)),
            (env::LOGIN_SUBSCRIPTION, text(&connection.subscription)),
            (env::LOGIN_AUTHORITY, connection.authority.map(OsString::from)),
        ];
        let (mut secret, mut token) = (None, None);
        match &connection.proof {
            Proof::Machine => {}
            Proof::Secret(key) => {
                (around.mask)(key.expose());
                secret = Some(OsString::from(key.expose()));
            }
            Proof::Federated(source) => {
                let renew = renewal(source, around);
                let first = renew()?;
                if let Some(subject) = &first.1.subject {
                    (around.say)(&format!("logging in at Azure as the subject {subject}"));
                }
                token = Some(TokenFile::write(around.temp, &first.0, first.1.life, renew)?);
            }
        }
        // What another login left would be tried first.
        variables.push((env::LOGIN_SECRET, secret));
        variables.push((env::LOGIN_TOKEN_FILE, token.as_ref().map(|t| t.path().into())));
        Ok(Self { variables, _token: token })
    }

    /// The variables that a program gets; those without a value it must not have.
    pub fn variables(&self) -> &[(&'static str, Option<OsString>)] {
        &self.variables
    }
}

/// Asks for a new token, and hides it.
fn renewal(source: &TokenSource, around: &Surroundings<'_>) -> Renew {
    let (source, clock) = (source.clone(), Arc::clone(&around.clock));
    let mask = Arc::clone(&around.mask);
    Box::new(move || {
        let token = source.token(Arc::clone(&clock))?;
        mask(token.expose());
        let claims = Claims::of(&token);
        Ok((token, claims))
    })
}

impl fmt::Debug for AzureLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            self.variables.iter().filter(|(_, value)| value.is_some()).map(|(n, _)| n).collect();
        f.debug_struct("AzureLogin").field("sets", &names).finish_non_exhaustive()
    }
}
