//! Tokens in memory: fetched when they are needed, and anew before they end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::choice::Choice;
use super::cloud::{Audience, Cloud};
use super::entra::Proven;
use super::way::Way;
use super::{certificate, cli, entra};
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// How long before its end a token is no longer used.
const EARLY: Duration = Duration::from_secs(300);
/// How long a token is used whose end nobody tells.
const UNTOLD: Duration = Duration::from_secs(60);

/// A token, and how long it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token.
    pub secret: Secret,
    /// From here on another one is asked for: some minutes before its end.
    pub until: Timestamp,
}

impl AccessToken {
    /// A token that was asked for at `asked` and ends at `ends`, where that is told. One that lives
    /// shortly is used for half of its life.
    pub(super) fn new(secret: Secret, asked: Timestamp, ends: Option<Timestamp>) -> Self {
        let life: Option<Duration> = ends.and_then(|e| e.duration_since(asked).try_into().ok());
        let used = life.map_or(UNTOLD, |life| life.saturating_sub(EARLY).max(life / 2));
        let until = asked.checked_add(used).unwrap_or(asked);
        Self { secret, until }
    }
}

/// Tokens of one login.
pub struct Tokens {
    cloud: Cloud,
    choice: Choice,
    clock: Arc<dyn Clock>,
    mask: Arc<dyn Fn(&str) + Send + Sync>,
    held: Mutex<BTreeMap<Audience, AccessToken>>,
}

impl Tokens {
    /// Tokens of this login; none is fetched yet. `mask` hides a secret in every log line from here
    /// on.
    pub fn new(
        cloud: Cloud,
        choice: Choice,
        clock: Arc<dyn Clock>,
        mask: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Self {
        if let Way::Secret(_, secret) = &choice.way {
            mask(secret.expose());
        }
        Self { cloud, choice, clock, mask, held: Mutex::default() }
    }

    /// The cloud.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The login, and why it was taken.
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// A token for `audience` that is good for some minutes at least.
    ///
    /// # Errors
    /// The login is refused, or nobody answers; with what to do about it.
    pub fn token(&self, audience: Audience) -> Result<Secret> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if let Some(token) = held.get(&audience).filter(|token| now < token.until) {
            return Ok(token.secret.clone());
        }
        // Held meanwhile: two threads do not log in twice.
        let token = self.fetch(audience)?;
        (self.mask)(token.secret.expose());
        held.insert(audience, token.clone());
        Ok(token.secret)
    }

    /// Another token than `refused`, which a server no longer takes.
    ///
    /// # Errors
    /// As [`Tokens::token`].
    pub fn instead_of(&self, refused: &Secret, audience: Audience) -> Result<Secret> {
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if held.get(&audience).is_some_and(|token| token.secret == *refused) {
                held.remove(&audience);
            }
        }
        self.token(audience)
    }

    fn fetch(&self, audience: Audience) -> Result<AccessToken> {
        let (cloud, clock) = (&self.cloud, &self.clock);
        let scope = cloud.scope(audience);
        let by =
            |of, proven: &Proven<'_>| entra::token(&cloud.authority, of, proven, &scope, clock);
        match &self.choice.way {
            Way::Federated(of, source) => {
                let assertion = source.token(Arc::clone(clock))?;
                (self.mask)(assertion.expose());
                by(of, &Proven::Assertion(assertion))
            }
            Way::TokenFile(of, path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Error::io("read the token in", path, e))?;
                by(of, &Proven::Assertion(Secret::new(text.trim())))
            }
            Way::Secret(of, secret) => by(of, &Proven::Secret(secret)),
            Way::Certificate(of, path) => {
                let audience = format!("{}/{}/oauth2/v2.0/token", cloud.authority, of.tenant);
                let assertion = certificate::assertion(path, of, &audience, clock.now())?;
                by(of, &Proven::Assertion(assertion))
            }
            Way::Machine(machine) => machine.token(cloud.resource(audience), clock),
            Way::Cli { program, tenant } => {
                cli::token(program, tenant.as_deref(), cloud.resource(audience), clock.now())
            }
        }
    }
}
