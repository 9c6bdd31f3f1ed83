//! `fairness`: groups of people are decided about alike, as far as their numbers can show.

use schemars::JsonSchema;
use serde::Deserialize;

use super::decisions::{decisions, no_predictions, unusable};
use super::evidence::{Evidence, MIN_ROWS, Predictions};
use super::gate::Gate;
use super::groups::{Group, Grouping, split};
use super::paired::refused;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::domain::verdict::{Figure, Finding, Interval, Verdict};
use crate::stats::number::{apart, count, figure};
use crate::stats::rates::{self, Rate};

const ID: &str = "fairness";
/// Confidence level, when the settings do not say.
const LEVEL: f64 = 0.95;
/// Groups that are compared.
const MOST: usize = 100;

/// What must be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// The share of favourable decisions: their difference.
    DemographicParity,
    /// The share of favourable decisions: their ratio (four-fifths rule).
    DisparateImpact,
    /// The share of favourable decisions among those who deserve one, and among those who do not:
    /// the larger of the two differences.
    EqualisedOdds,
    /// The share of favourable decisions among those who deserve one: its difference.
    EqualOpportunity,
}

/// How far groups of one column may be apart.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fairness {
    /// Column of the groups.
    pub column: String,
    /// What must be alike.
    pub criterion: Criterion,
    /// Largest difference of two groups' shares.
    #[serde(default)]
    pub max: Option<f64>,
    /// Least ratio of two groups' shares; for `disparate-impact` 0.8 when left out.
    #[serde(default)]
    pub min_ratio: Option<f64>,
    /// The favourable answer of a multiclass task; of a binary one it is the positive class.
    #[serde(default)]
    pub favourable: Option<String>,
    /// The group that the others are compared with; left out, the one with the highest share.
    #[serde(default)]
    pub reference: Option<String>,
    /// Fewest rows behind a share; 30 when left out.
    #[serde(default)]
    pub min_rows: Option<usize>,
    /// Confidence level of all comparisons together; 0.95 when left out.
    #[serde(default)]
    pub level: Option<f64>,
}

/// Which rows a share is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Among {
    All,
    Deserving,
    Undeserving,
}

impl Among {
    fn words(self) -> &'static str {
        match self {
            Self::All => "favourable decisions",
            Self::Deserving => "favourable decisions among those who deserve one",
            Self::Undeserving => "favourable decisions among those who do not deserve one",
        }
    }
}

/// A group's share.
struct Share {
    name: String,
    level: String,
    rate: Rate,
    rows: usize,
}

/// Two groups compared.
struct Comparison {
    among: Among,
    name: String,
    share: f64,
    reference: String,
    reference_share: f64,
    value: f64,
    interval: Interval,
}

impl Fairness {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No column, no bound, a bound that does not go with the criterion.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.column.trim().is_empty() {
            return Err(Error::config(format!("`{key}.column` is empty")).hint("name a column"));
        }
        if self.is_ratio() {
            if self.max.is_some() {
                return Err(Error::config(format!(
                    "`{key}.max` does not go with disparate-impact"
                ))
                .hint("its bound is a ratio: write min-ratio: 0.8"));
            }
        } else if self.min_ratio.is_some() {
            return Err(Error::config(format!("`{key}.min-ratio` is only for disparate-impact"))
                .hint("bound the difference with max"));
        } else if self.max.is_none() {
            return Err(Error::config(format!("`{key}` has no `max`")).hint("write max: 0.1"));
        }
        for (name, share) in [("max", self.max), ("min-ratio", self.min_ratio)] {
            if let Some(share) = share.filter(|s| !(0.0..=1.0).contains(s)) {
                return Err(Error::config(format!("`{key}.{name}` is {share}"))
                    .hint("give a number from 0 to 1"));
            }
        }
        if let Some(level) = self.level.filter(|l| !(*l >= 0.5 && *l < 1.0)) {
            return Err(Error::config(format!("`{key}.level` is {level}"))
                .hint("give a confidence level from 0.5 to below 1, such as 0.95"));
        }
        match self.min_rows {
            Some(0) => Err(Error::config(format!("`{key}.min-rows` is 0")).hint("write 30")),
            _ => Ok(()),
        }
    }

    fn is_ratio(&self) -> bool {
        self.criterion == Criterion::DisparateImpact
    }

    fn bound(&self) -> f64 {
        match self.is_ratio() {
            true => self.min_ratio.unwrap_or(0.8),
            false => self.max.unwrap_or(0.0),
        }
    }

    fn min_rows(&self) -> usize {
        self.min_rows.unwrap_or(MIN_ROWS)
    }

    fn finding(&self, code: &str, verdict: Verdict, message: String) -> Finding {
        Finding::new(ID, code, verdict, message).subject(&self.column)
    }

    fn refuse<T>(&self, code: &str, message: String, hint: &str) -> Result<T, Box<Finding>> {
        Err(Box::new(self.finding(code, Verdict::Error, message).hint(hint)))
    }

    /// The index of the favourable class.
    fn favourable(&self, predictions: &Predictions) -> Result<f64, Box<Finding>> {
        let classes = &predictions.classes;
        match (predictions.task, &self.favourable) {
            (Task::Regression, _) => self.refuse(
                "metric-not-computable",
                "a regression makes no decisions whose shares could be compared".to_owned(),
                "fairness is for binary and multiclass tasks",
            ),
            (Task::Binary, None) => Ok(1.0),
            (_, Some(name)) => match classes.iter().position(|class| class == name) {
                Some(index) => Ok(index as f64),
                None => self.refuse(
                    "favourable-unknown",
                    format!("there is no class `{}`", name.escape_debug()),
                    &format!("`favourable` is one of: {}", classes.join(", ")),
                ),
            },
            (Task::Multiclass, None) => self.refuse(
                "favourable-unknown",
                "which of several classes is the favourable one is not known".to_owned(),
                "name it with `favourable`",
            ),
        }
    }

    fn among(&self) -> &'static [Among] {
        match self.criterion {
            Criterion::DemographicParity | Criterion::DisparateImpact => &[Among::All],
            Criterion::EqualOpportunity => &[Among::Deserving],
            Criterion::EqualisedOdds => &[Among::Deserving, Among::Undeserving],
        }
    }

    fn groups(&self, predictions: &Predictions) -> Result<Vec<Group>, Box<Finding>> {
        let Some(column) = predictions.column(&self.column) else {
            let name = self.column.escape_debug();
            let message = format!("{} has no column `{name}`", predictions.source);
            return self.refuse("no-groups", message, "check `column`");
        };
        let found = split([column], &Grouping { quantiles: 4, min_rows: 1, most: MOST });
        if found.beyond > 0 {
            let name = self.column.escape_debug();
            let message = format!("column `{name}` has more than {MOST} groups");
            return self.refuse("no-groups", message, "name a column with fewer values");
        }
        Ok(found.groups)
    }

    /// Every group's share, and the groups that are too small for one.
    fn shares(
        &self,
        groups: &[Group],
        among: Among,
        predictions: &Predictions,
        favourable: f64,
    ) -> (Vec<Share>, Vec<String>) {
        let decided = decisions(predictions, &predictions.challenger);
        let counts = |row: &usize| match among {
            Among::All => true,
            Among::Deserving => predictions.labels[*row] == favourable,
            Among::Undeserving => predictions.labels[*row] != favourable,
        };
        let weight = |row: usize| predictions.weights.as_ref().map_or(1.0, |w| w[row]);
        let (mut shares, mut small) = (Vec::new(), Vec::new());
        for group in groups {
            let rows: Vec<usize> = group.rows.iter().copied().filter(counts).collect();
            let total: f64 = rows.iter().map(|row| weight(*row)).sum();
            let squares: f64 = rows.iter().map(|row| weight(*row).powi(2)).sum();
            if rows.len() < self.min_rows() || total <= 0.0 {
                small.push(format!("{} ({} rows)", group.name(), count(rows.len() as u64)));
                continue;
            }
            let chosen = rows.iter().filter(|row| decided[**row] == favourable);
            let part: f64 = chosen.map(|row| weight(*row)).sum();
            let rate =
                Rate { share: (part / total).clamp(0.0, 1.0), rows: total * total / squares };
            let (name, level) = (group.name(), group.level.clone());
            shares.push(Share { name, level, rate, rows: rows.len() });
        }
        (shares, small)
    }

    /// Every group against the reference, each at a level that makes the whole hold.
    fn comparisons(&self, among: Among, shares: &[Share]) -> Result<Vec<Comparison>, Box<Finding>> {
        let highest = || shares.iter().max_by(|a, b| a.rate.share.total_cmp(&b.rate.share));
        let reference = match &self.reference {
            None => highest(),
            Some(level) => shares.iter().find(|share| share.level == *level),
        };
        let Some(reference) = reference else {
            let name = self.reference.as_deref().unwrap_or_default().escape_debug().to_string();
            let message = format!("the group `{name}` is not there, or has too few rows");
            return Err(Box::new(
                self.finding("no-reference", Verdict::Inconclusive, message)
                    .hint("check `reference`, or give more rows of that group"),
            ));
        };
        let others: Vec<&Share> = shares.iter().filter(|s| s.level != reference.level).collect();
        let tests = (others.len() * self.among().len()).max(1) as f64;
        let level = self.level.unwrap_or(LEVEL);
        let each = 1.0 - (1.0 - level) / tests;
        let compare = |other: &&Share| {
            let (a, b) = (&other.rate, &reference.rate);
            let (value, interval) = match self.is_ratio() {
                true => (a.share / b.share, rates::ratio(a, b, each)),
                false => away(a.share - b.share, rates::difference(a, b, each)),
            };
            Comparison {
                among,
                name: other.name.clone(),
                share: a.share,
                reference: reference.name.clone(),
                reference_share: b.share,
                value,
                interval: Interval { level, ..interval },
            }
        };
        Ok(others.iter().map(compare).collect())
    }

    fn judge(&self, predictions: &Predictions) -> Result<Vec<Finding>, Box<Finding>> {
        if let Some(why) = unusable(predictions, &[&predictions.challenger]) {
            return Err(refused(ID, &self.column, &predictions.source, &why));
        }
        let favourable = self.favourable(predictions)?;
        let groups = self.groups(predictions)?;
        let (mut comparisons, mut figures, mut small) = (Vec::new(), Vec::new(), Vec::new());
        for among in self.among() {
            let (shares, few) = self.shares(&groups, *among, predictions, favourable);
            figures.extend(shares.iter().map(|s| {
                let name = match among {
                    Among::All => s.name.clone(),
                    Among::Deserving => format!("{}, deserving", s.name),
                    Among::Undeserving => format!("{}, undeserving", s.name),
                };
                Figure::new(name, s.rate.share).rows(s.rows)
            }));
            if shares.len() >= 2 {
                comparisons.extend(self.comparisons(*among, &shares)?);
            }
            small.extend(few);
        }
        let mut findings = vec![self.verdict(&comparisons).evidence(figures)];
        if !small.is_empty() {
            let message = format!(
                "fewer than {} rows, too few for a share of {}: {}",
                self.min_rows(),
                self.among()[0].words(),
                small.iter().take(10).cloned().collect::<Vec<_>>().join(", "),
            );
            findings.push(
                self.finding("groups-too-small", Verdict::Inconclusive, message)
                    .value(small.len() as f64)
                    .hint("give more labelled rows of these groups, or lower `min-rows`"),
            );
        }
        Ok(findings)
    }

    /// The worst comparison decides: unfair where any interval lies beyond the bound, fair where all
    /// lie within.
    fn verdict(&self, comparisons: &[Comparison]) -> Finding {
        let bound = self.bound();
        let room = |c: &Comparison| match self.is_ratio() {
            true => c.value - bound,
            false => bound - c.value,
        };
        if let Some(odd) = comparisons.iter().find(|c| c.value.is_nan()) {
            let message = format!("no group has any {}", odd.among.words());
            return self
                .finding("no-favourable-decisions", Verdict::Inconclusive, message)
                .hint("check the scores and `predictions.threshold`");
        }
        let beyond = |c: &&Comparison| match self.is_ratio() {
            true => c.interval.high < bound,
            false => c.interval.low > bound,
        };
        let within = |c: &Comparison| match self.is_ratio() {
            true => c.interval.low >= bound,
            false => c.interval.high <= bound,
        };
        let worst = comparisons.iter().filter(beyond).min_by(|a, b| room(a).total_cmp(&room(b)));
        let open = comparisons.iter().filter(|c| !within(c));
        let open = open.min_by(|a, b| room(a).total_cmp(&room(b)));
        let least = comparisons.iter().min_by(|a, b| room(a).total_cmp(&room(b)));
        let Some(decides) = worst.or(open).or(least) else {
            let message =
                format!("column `{}` has no two groups to compare", self.column.escape_debug());
            return self
                .finding("no-groups", Verdict::Inconclusive, message)
                .hint("give labelled rows of at least two groups");
        };
        let (shown, limit) = apart(decides.value, bound);
        let Interval { low, high, .. } = decides.interval;
        let what = if self.is_ratio() { "ratio" } else { "difference" };
        let numbers = format!(
            "the share of {} is {} in {} and {} in {}: a {what} of {shown} ({} to {})",
            decides.among.words(),
            figure(decides.share),
            decides.name,
            figure(decides.reference_share),
            decides.reference,
            figure(low),
            figure(high),
        );
        let words = if self.is_ratio() { "at least" } else { "at most" };
        let finding = |code: &str, verdict, conclusion: String| {
            self.finding(code, verdict, format!("{numbers}, {conclusion}"))
                .value(decides.value)
                .bound(bound)
                .interval(decides.interval)
        };
        let hint = format!("an interval wholly {words} {limit} would have passed");
        if worst.is_some() {
            return finding("unfair", Verdict::Fail, format!("shown not to be {words} {limit}"))
                .hint(hint);
        }
        if open.is_some() {
            let conclusion = format!("not shown to be {words} {limit}, nor the contrary");
            return finding("fairness-unclear", Verdict::Inconclusive, conclusion)
                .hint(format!("{hint}: give more labelled rows of both groups"));
        }
        finding("fair", Verdict::Pass, format!("shown to be {words} {limit}"))
    }
}

/// The distance from 0 and its interval.
fn away(value: f64, interval: Interval) -> (f64, Interval) {
    let Interval { low, high, level } = interval;
    let interval = match (low > 0.0, high < 0.0) {
        (true, _) => interval,
        (_, true) => Interval { low: -high, high: -low, level },
        _ => Interval { low: 0.0, high: high.max(-low), level },
    };
    (value.abs(), interval)
}

impl Gate for Fairness {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let judged = match evidence.predictions {
            None => Err(no_predictions(ID, &self.column)),
            Some(predictions) => self.judge(predictions),
        };
        judged.unwrap_or_else(|finding| vec![*finding])
    }
}

#[cfg(test)]
#[path = "fairness_tests.rs"]
mod tests;
