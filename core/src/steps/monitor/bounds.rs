//! Which bound counts for a number: the configuration's own for this column, else the default.

use crate::config::valid::{Detector, Limit, MonitorConfig, SignalRule};
use crate::domain::error::{Error, Result};
use crate::domain::profile::{ColumnRole, Profile};
use crate::stats::drift::confidence;

/// The bound of a metric of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// This number.
    Value(f64),
    /// The number's own history.
    History,
    /// A detector of changes over the number's own history.
    Detector(Detector),
}

/// The rule of `monitor.signals` for a metric of a column: of several the last one.
pub(super) fn rule<'a>(
    config: &'a MonitorConfig,
    metric: &str,
    column: &str,
) -> Option<&'a SignalRule> {
    let of = |rule: &&SignalRule| rule.column.as_deref().is_none_or(|named| named == column);
    config.signals.iter().rfind(|rule| rule.metric == metric && of(rule))
}

/// The bound of a metric of a column; none for a metric that has none.
pub(super) fn bound(config: &MonitorConfig, metric: &str, column: &str) -> Option<Bound> {
    match rule(config, metric, column).and_then(|rule| rule.above) {
        Some(Limit::Value(limit)) => Some(Bound::Value(limit)),
        Some(Limit::History) => Some(Bound::History),
        Some(Limit::Detector(detector)) => Some(Bound::Detector(detector)),
        None => default(config, metric).map(Bound::Value),
    }
}

/// The number that a metric of a column must not be above; none where its past decides.
pub(super) fn limit(config: &MonitorConfig, metric: &str, column: &str) -> Option<f64> {
    match bound(config, metric, column)? {
        Bound::Value(limit) => Some(limit),
        Bound::History | Bound::Detector(_) => None,
    }
}

fn default(config: &MonitorConfig, metric: &str) -> Option<f64> {
    Some(match metric {
        "psi" => config.psi,
        "jensen-shannon" => config.jensen_shannon,
        "ks" => config.ks,
        "wasserstein-normed" => config.wasserstein,
        "null-rate" => config.null_rate,
        "out-of-range" => config.out_of_range,
        "new-categories" => config.new_categories,
        _ => return None,
    })
}

/// Refuses rules for columns that the baseline does not have.
///
/// # Errors
/// Such a rule, with the nearest column.
pub(super) fn check(config: &MonitorConfig, baseline: &Profile) -> Result<()> {
    let named = config.signals.iter().filter_map(|rule| rule.column.as_deref());
    let sure = baseline.columns.iter().filter(|c| c.role == ColumnRole::Prediction);
    let sure: Vec<String> = sure.map(|c| confidence::name_of(&c.name)).collect();
    let known = |name: &str| baseline.column(name).is_some() || sure.iter().any(|s| s == name);
    match named.into_iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let names = baseline.columns.iter().map(|c| c.name.as_str());
            let nearest = names.min_by_key(|n| strsim::damerau_levenshtein(n, name));
            let guess = nearest.map(|n| format!("did you mean `{n}`?")).unwrap_or_default();
            let shown = name.escape_debug();
            Err(Error::config(format!(
                "`monitor.signals` names the column `{shown}`, which the baseline does not have"
            ))
            .hint(guess))
        }
    }
}
