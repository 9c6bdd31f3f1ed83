//! The models or endpoints that score rows, where no predictions file does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::ports::scorer::ScorerModel;
use outerloop_core::steps::predictions::{self, ByModels, Model};

use crate::context::Context;
use crate::progress::Rows;

/// What scores.
#[derive(Args)]
pub struct Scoring {
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    #[arg(long, value_name = "MODEL", conflicts_with = "champion_predictions")]
    champion_model: Option<PathBuf>,
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

impl Scoring {
    /// Whether models score, and no file.
    ///
    /// # Errors
    /// A champion that scores, and no challenger; options of models without one.
    pub fn is_asked(&self) -> Result<bool> {
        if self.model.is_some() {
            return Ok(true);
        }
        let alone = [
            ("--champion-model", self.champion_model.is_some()),
            ("--features", !self.features.is_empty()),
            ("--output", self.output.is_some()),
            ("--timeout", self.timeout.is_some()),
        ];
        match alone.iter().find(|(_, given)| *given) {
            None => Ok(false),
            Some((option, _)) => {
                Err(Error::usage(format!("{option} is given, but no model that scores"))
                    .hint("name the challenger with --model FILE"))
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
        context: &Context,
        judge: impl FnOnce(&ByModels<'_>) -> Result<T>,
    ) -> Result<T> {
        let configured = context.config()?;
        let challenger = self.opened(self.model.as_deref(), context)?;
        let challenger = challenger.ok_or_else(|| Error::internal("no model was named"))?;
        let champion = self.opened(self.champion_model.as_deref(), context)?;
        let rows = Rows::new(context.host());
        let written = &configured.predictions;
        let by = ByModels {
            data,
            challenger: challenger.model(),
            champion: champion.as_ref().map(Opened::model),
            features: match self.features.as_slice() {
                [] => written.features.clone(),
                given => given.to_vec(),
            },
            output: self.output.clone().or(written.output.clone()),
            limit: self.timeout.unwrap_or(written.timeout),
            progress: &|done, all| rows.tell(done, all),
        };
        judge(&by)
    }

    fn opened(&self, file: Option<&Path>, context: &Context) -> Result<Option<Opened>> {
        let Some(file) = file else { return Ok(None) };
        let path = context.path(file);
        let scorer = predictions::open(&path, factory::scorer().as_ref())?;
        Ok(Some(Opened { scorer, name: file.display().to_string() }))
    }
}
