//! Which interval a gate goes by: what was asked for, or what suits the metric and the rows.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Predictions;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::stats::bootstrap::{self, MIN_RESAMPLES, Options};
use crate::stats::number::count;
use crate::stats::{Metric, Sample};

/// Most resamples that a gate may ask for.
const MAX_RESAMPLES: usize = 100_000;
/// Fewest rows of the rarer class from which `auto` goes by DeLong's method.
pub(super) const DELONG_ROWS: usize = 100;

/// How the interval of a difference is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// `delong` for roc-auc with 100 rows of each class, `bonett-price` for accuracy, else
    /// `bootstrap`; always `bootstrap` for rows with weights or groups, and where `resamples` or
    /// `seed` is given.
    #[default]
    Auto,
    /// Paired bootstrap, percentile interval.
    Bootstrap,
    /// Paired bootstrap, bias-corrected and accelerated.
    Bca,
    /// DeLong's method, for roc-auc alone.
    Delong,
    /// Bonett and Price's adjusted Wald interval, for accuracy alone.
    BonettPrice,
    /// The paired permutation test of any metric, for `superiority` without a margin: it decides, and
    /// the interval beside it is that of the bootstrap.
    Permutation,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bootstrap => "bootstrap",
            Self::Bca => "bca",
            Self::Delong => "delong",
            Self::BonettPrice => "bonett-price",
            Self::Permutation => "permutation",
        }
    }

    /// The only metric that it is for.
    fn only_for(self) -> Option<Metric> {
        match self {
            Self::Delong => Some(Metric::ROC_AUC),
            Self::BonettPrice => Some(Metric::ACCURACY),
            Self::Auto | Self::Bootstrap | Self::Bca | Self::Permutation => None,
        }
    }
}

/// How the interval is made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Resampling {
    pub(super) method: Method,
    pub(super) resamples: Option<usize>,
    pub(super) level: Option<f64>,
    pub(super) seed: Option<u64>,
}

/// The method that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    Bootstrap(bootstrap::Method),
    Delong,
    BonettPrice,
    Permutation,
}

impl Resampling {
    /// Checks the values; `key` names the gate in messages.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if let Some(n) = self.resamples.filter(|n| !(MIN_RESAMPLES..=MAX_RESAMPLES).contains(n)) {
            return Err(Error::config(format!("`{key}.resamples` is {n}"))
                .hint(format!("give a number from {MIN_RESAMPLES} to {MAX_RESAMPLES}")));
        }
        level(key, self.level)
    }

    /// Checks that no margin is asked of a method that knows none.
    pub(super) fn check_margin(&self, key: &str, margin: Option<f64>) -> Result<()> {
        if self.method != Method::Permutation || margin == Some(0.0) {
            return Ok(());
        }
        Err(Error::config(format!("`{key}.method` is permutation, which knows no margin")).hint(
            "it tests whether the models are alike, for `superiority` with a margin of 0; leave \
             `method` out, or use bootstrap or bca",
        ))
    }

    /// Checks that the method is one for `metric`.
    pub(super) fn check_metric(&self, key: &str, metric: Metric) -> Result<()> {
        let Some(only) = self.method.only_for() else { return Ok(()) };
        let name = self.method.name();
        if metric != only {
            return Err(Error::config(format!(
                "`{key}.method` is {name}, which is not for {metric}"
            ))
            .hint(format!("{name} is for {only}; leave `method` out, or use bootstrap or bca")));
        }
        if self.resamples.is_some() || self.seed.is_some() {
            return Err(Error::config(format!(
                "`{key}.method` is {name}, which resamples nothing"
            ))
            .hint("remove `resamples` and `seed`, or use bootstrap or bca"));
        }
        Ok(())
    }

    /// The method for these rows, or why the one that was asked for cannot be used.
    pub(super) fn choose(
        &self,
        metric: Metric,
        rows: &Predictions,
    ) -> std::result::Result<Chosen, String> {
        let plain = rows.weights.is_none() && rows.clusters.is_none();
        let resampled = self.resamples.is_some() || self.seed.is_some();
        match self.method {
            Method::Permutation if rows.weights.is_some() => {
                Err("permutation takes all rows alike, without weights".to_owned())
            }
            Method::Permutation => Ok(Chosen::Permutation),
            Method::Bootstrap => Ok(Chosen::Bootstrap(bootstrap::Method::Percentile)),
            Method::Bca => Ok(Chosen::Bootstrap(bootstrap::Method::Bca)),
            Method::Delong | Method::BonettPrice if !plain => {
                let name = self.method.name();
                Err(format!("{name} takes each row as one of its own, without weights or groups"))
            }
            Method::Delong => Ok(Chosen::Delong),
            Method::BonettPrice => Ok(Chosen::BonettPrice),
            Method::Auto if plain && !resampled => Ok(automatic(metric, rows)),
            Method::Auto => Ok(Chosen::Bootstrap(bootstrap::Method::Percentile)),
        }
    }

    /// The options of the bootstrap on these rows.
    pub(super) fn options<'a>(
        &self,
        method: bootstrap::Method,
        rows: &'a Predictions,
    ) -> Options<'a> {
        let default = Options::default();
        Options {
            resamples: self.resamples.unwrap_or(default.resamples),
            level: self.level(),
            seed: self.seed.unwrap_or(default.seed),
            method,
            clusters: rows.clusters.as_deref(),
            ..default
        }
    }

    pub(super) fn level(&self) -> f64 {
        self.level.unwrap_or(Options::default().level)
    }
}

impl Chosen {
    /// The method in words, behind an interval.
    pub(super) fn words(self, options: &Options<'_>) -> String {
        match self {
            Self::Delong => "by DeLong's method".to_owned(),
            Self::BonettPrice => "by Bonett and Price's method".to_owned(),
            Self::Permutation => {
                let of = if options.clusters.is_some() { " of whole groups" } else { "" };
                format!("by {} resamples{of}", count(options.resamples as u64))
            }
            Self::Bootstrap(method) => {
                let of = if options.clusters.is_some() { " of whole groups" } else { "" };
                let how = match method {
                    bootstrap::Method::Bca => ", BCa",
                    bootstrap::Method::Percentile => "",
                };
                format!("by {} resamples{of}{how}", count(options.resamples as u64))
            }
        }
    }
}

/// For rows without weights and groups.
fn automatic(metric: Metric, rows: &Predictions) -> Chosen {
    if metric == Metric::ROC_AUC && delong_suits(&rows.challenger()) {
        Chosen::Delong
    } else if metric == Metric::ACCURACY && rows.task != Task::Regression && answers_differ(rows) {
        Chosen::BonettPrice
    } else {
        Chosen::Bootstrap(bootstrap::Method::Percentile)
    }
}

/// Enough rows of each class for a normal distribution of the AUC.
pub(super) fn delong_suits(sample: &Sample<'_>) -> bool {
    if sample.task != Task::Binary || sample.weights.is_some() {
        return false;
    }
    let positives = sample.labels.iter().filter(|label| **label == 1.0).count();
    positives.min(sample.rows() - positives) >= DELONG_ROWS
}

/// Two models that give the same answers everywhere are the same as far as these rows go.
fn answers_differ(rows: &Predictions) -> bool {
    rows.champion.as_ref().is_some_and(|champion| champion.values != rows.challenger.values)
}

/// An error for a confidence level that gates do not go by.
pub(super) fn level(key: &str, level: Option<f64>) -> Result<()> {
    match level.filter(|level| !(*level >= 0.5 && *level < 1.0)) {
        Some(level) => Err(Error::config(format!("`{key}.level` is {level}"))
            .hint("give a confidence level from 0.5 to below 1, such as 0.95")),
        None => Ok(()),
    }
}
