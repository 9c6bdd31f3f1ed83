//! The models or endpoints that score rows, where no predictions file does.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::env;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::text::TextFormat;
use outerloop_core::ports::scorer::ScorerModel;
use outerloop_core::steps::predictions::{self, ByModels, Model};

use crate::context::Context;
use crate::progress::Rows;

/// What scores.
#[derive(Args)]
pub struct Scoring {
    #[arg(long, value_name = "MODEL", conflicts_with = "endpoint")]
    model: Option<PathBuf>,
    #[arg(
        long,
        value_name = "MODEL",
        conflicts_with_all = ["champion_predictions", "champion_endpoint"]
    )]
    champion_model: Option<PathBuf>,
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    #[arg(long, value_name = "URL", conflicts_with = "champion_predictions")]
    champion_endpoint: Option<String>,
    #[arg(long, value_name = "PROTOCOL", value_parser = ["open-inference", "mlflow", "azure-ml"])]
    protocol: Option<String>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    features: Vec<String>,
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    #[arg(long, value_name = "SPAN", value_parser = span)]
    timeout: Option<Duration>,
}

fn span(text: &str) -> Result<Duration, String> {
    text.parse::<outerloop_core::config::units::Span>().map(|span| span.0)
}

/// A model that was opened, and what it is called.
struct Opened {
    scorer: Box<dyn ScorerModel>,
    name: String,
}

impl Opened {
    fn model(&self) -> Model<'_> {
        Model { scorer: self.scorer.as_ref(), name: self.name.clone() }
    }
}

/// Whose model it is.
#[derive(Clone, Copy)]
enum Side {
    Challenger,
    Champion,
}

impl Scoring {
    /// Whether models score, and no file.
    ///
    /// # Errors
    /// Options of models, and no challenger.
    pub fn is_asked(&self) -> Result<bool> {
        if self.model.is_some() || self.endpoint.is_some() {
            return Ok(true);
        }
        let alone = [
            ("--champion-model", self.champion_model.is_some()),
            ("--champion-endpoint", self.champion_endpoint.is_some()),
            ("--protocol", self.protocol.is_some()),
            ("--features", !self.features.is_empty()),
            ("--output", self.output.is_some()),
            ("--timeout", self.timeout.is_some()),
        ];
        match alone.iter().find(|(_, given)| *given) {
            None => Ok(false),
            Some((option, _)) => {
                let message = format!("{option} is given, but no model that scores");
                Err(Error::usage(message)
                    .hint("name the challenger with --model FILE or --endpoint URL"))
            }
        }
    }

    /// Gives `judge` the rows of `data` and the models, opened.
    ///
    /// # Errors
    /// A model that cannot be opened; what `judge` finds.
    pub fn with<T>(
        &self,
        data: PathBuf,
        text: TextFormat,
        context: &Context,
        judge: impl FnOnce(&ByModels<'_>) -> Result<T>,
    ) -> Result<T> {
        let written = &context.config()?.predictions;
        let limit = self.timeout.unwrap_or(written.timeout);
        let challenger = self.opened(Side::Challenger, limit, context)?;
        let challenger = challenger.ok_or_else(|| Error::internal("no model was named"))?;
        let champion = self.opened(Side::Champion, limit, context)?;
        let rows = Rows::new(context.host());
        let by = ByModels {
            data,
            text,
            challenger: challenger.model(),
            champion: champion.as_ref().map(Opened::model),
            features: match self.features.as_slice() {
                [] => written.features.clone(),
                given => given.to_vec(),
            },
            output: self.output.clone().or_else(|| written.output.clone()),
            limit,
            progress: &|done, all| rows.tell(done, all),
        };
        judge(&by)
    }

    fn opened(&self, side: Side, limit: Duration, context: &Context) -> Result<Option<Opened>> {
        let (file, address) = match side {
            Side::Challenger => (&self.model, &self.endpoint),
            Side::Champion => (&self.champion_model, &self.champion_endpoint),
        };
        if let Some(address) = address {
            let (token, protocol) = (self.token(side), self.protocol.as_deref());
            let host = context.host();
            let found = factory::endpoint_scorer(address, protocol, token.as_deref(), limit, host)?;
            let name = found.shown().to_owned();
            return Ok(Some(Opened { scorer: Box::new(found), name }));
        }
        let Some(file) = file else { return Ok(None) };
        let path = context.path(file);
        let scorer = predictions::open(&path, factory::scorer().as_ref())?;
        Ok(Some(Opened { scorer, name: file.display().to_string() }))
    }

    /// The login for an endpoint. A champion on the same server may go by the challenger's; no token
    /// is shown to a server that it was not meant for.
    fn token(&self, side: Side) -> Option<String> {
        let usual = env::get(env::ENDPOINT_TOKEN);
        match side {
            Side::Challenger => usual,
            Side::Champion => env::get(env::CHAMPION_ENDPOINT_TOKEN).or_else(|| {
                let server = |address: &Option<String>| address.as_deref().map(server_of);
                let same = server(&self.endpoint)? == server(&self.champion_endpoint)?;
                usual.filter(|_| same)
            }),
        }
    }
}

/// Scheme, host and port of an address.
fn server_of(address: &str) -> String {
    let after = address.find("://").map_or(0, |at| at + 3);
    let end = address[after..].find(['/', '?', '#']).map_or(address.len(), |at| after + at);
    address[..end].to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_scheme_host_and_port() {
        let server = "https://acme.example:8443";
        assert_eq!(server_of("https://ACME.example:8443/v2/x?y=/"), server);
        assert_eq!(server_of(server), server);
        assert_ne!(server_of("https://acme.example/score"), server);
        assert_ne!(server_of("https://acme.example:8443.evil.example/"), server);
    }
}
