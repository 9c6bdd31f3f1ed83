//! `slices`: no group of rows is served badly, whatever the average says.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::decisions::no_predictions;
use super::evidence::{Evidence, MIN_ROWS, Predictions};
use super::gate::Gate;
use super::groups::{Group, Grouping, Groups, split};
use super::method::Resampling;
use super::paired::{no_champion, refused};
use super::settings::finite;
use super::{single, slice_loss};
use crate::data::Column;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Direction;
use crate::domain::verdict::{Figure, Finding, Interval, MAX_FIGURES, Verdict};
use crate::stats::number::{apart, count, figure};
use crate::stats::{Metric, Undefined, decimal, measure};

pub(super) const ID: &str = "slices";
/// Bins of numbers, when the settings do not say.
const QUANTILES: usize = 4;
/// Groups that are looked at, when the settings do not say.
const MAX_SLICES: usize = 1000;
/// Most that may be asked for.
const LIMIT: usize = 100_000;
/// Groups that a message names.
const NAMED: usize = 3;

/// What is said where a loss is neither shown nor ruled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unclear {
    /// There is not enough evidence.
    Inconclusive,
    /// It is looked at, and refuses nothing.
    Warn,
}

/// Bounds on a metric in every group of rows.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slicing {
    /// The metric.
    #[schemars(with = "String")]
    pub metric: Metric,
    /// Columns whose groups are looked at; left out, those of `predictions.slices`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Least value of every group.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value of every group.
    #[serde(default)]
    pub max: Option<f64>,
    /// Largest distance between two groups of one column.
    #[serde(default)]
    pub max_gap: Option<f64>,
    /// By how much the challenger may be worse than the champion in any group.
    #[serde(default)]
    pub max_loss: Option<f64>,
    /// What is said of a loss that is neither shown nor ruled out; `inconclusive` when left out.
    #[serde(default)]
    pub unclear: Option<Unclear>,
    /// Fewest rows of a group that is judged; 30 when left out.
    #[serde(default)]
    pub min_rows: Option<usize>,
    /// Bins into which numbers are put; 4 when left out.
    #[serde(default)]
    pub quantiles: Option<usize>,
    /// Most groups that are judged: the largest; 1000 when left out.
    #[serde(default)]
    pub max_slices: Option<usize>,
    /// Number of resamples of a group, where its loss is resampled; 1000 when left out.
    #[serde(default)]
    pub resamples: Option<usize>,
    /// Confidence level of all groups' losses together; 0.95 when left out.
    #[serde(default)]
    pub level: Option<f64>,
}

/// The metric in one group.
pub(super) struct Slice {
    pub(super) group: Group,
    pub(super) rows: Predictions,
    pub(super) challenger: f64,
    pub(super) champion: Option<f64>,
}

/// What came of looking at every group.
struct Looked {
    slices: Vec<Slice>,
    groups: Groups,
    undefined: Vec<(String, Undefined)>,
    thin: Vec<(String, String)>,
}

impl Slicing {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No bound, a bound that is not finite, bounds that exclude each other, no bins or groups.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        let bounds = [
            ("min", self.min),
            ("max", self.max),
            ("max-gap", self.max_gap),
            ("max-loss", self.max_loss),
        ];
        if bounds.iter().all(|(_, bound)| bound.is_none()) {
            return Err(Error::config(format!("`{key}` gives `{}` no bound", self.metric))
                .hint("give min, max, max-gap or max-loss"));
        }
        bounds.iter().try_for_each(|(name, value)| finite(&format!("{key}.{name}"), *value))?;
        for (name, value) in &bounds[2..] {
            if let Some(value) = value.filter(|v| *v < 0.0) {
                return Err(Error::config(format!("`{key}.{name}` is {value}"))
                    .hint("give a number of 0 or more, in the metric's own unit"));
            }
        }
        if let Some((min, max)) = self.min.zip(self.max).filter(|(min, max)| min > max) {
            return Err(Error::config(format!("`{key}.min` is {min}, above its max {max}"))
                .hint("bounds must leave room for a value that passes"));
        }
        let counts = [
            ("min-rows", self.min_rows, 1, usize::MAX),
            ("quantiles", self.quantiles, 2, 100),
            ("max-slices", self.max_slices, 1, LIMIT),
        ];
        for (name, value, least, most) in counts {
            if let Some(value) = value.filter(|v| !(least..=most).contains(v)) {
                let range = if most == usize::MAX { String::new() } else { format!(" to {most}") };
                return Err(Error::config(format!("`{key}.{name}` is {value}"))
                    .hint(format!("give a number from {least}{range}")));
            }
        }
        self.resampling().check(key)
    }

    pub(super) fn resampling(&self) -> Resampling {
        Resampling { resamples: self.resamples, level: self.level, ..Resampling::default() }
    }

    fn grouping(&self) -> Grouping {
        Grouping {
            quantiles: self.quantiles.unwrap_or(QUANTILES),
            min_rows: self.min_rows.unwrap_or(MIN_ROWS),
            most: self.max_slices.unwrap_or(MAX_SLICES),
        }
    }

    pub(super) fn finding(&self, code: &str, verdict: Verdict, message: String) -> Finding {
        Finding::new(ID, code, verdict, message).subject(self.metric.name())
    }

    /// The columns, or a finding that says why there are none.
    fn columns<'a>(&self, predictions: &'a Predictions) -> Result<Vec<&'a Column>, Box<Finding>> {
        let no = |message: String, hint: &str| {
            Err(Box::new(self.finding("no-slices", Verdict::Error, message).hint(hint)))
        };
        if let Some(name) = self.columns.iter().find(|name| predictions.column(name).is_none()) {
            let name = name.escape_debug();
            return no(
                format!("{} has no column `{name}` to slice by", predictions.source),
                "check the names under `columns`",
            );
        }
        let columns: Vec<&Column> = match self.columns.is_empty() {
            true => predictions.columns.iter().collect(),
            false => self.columns.iter().filter_map(|name| predictions.column(name)).collect(),
        };
        match columns.is_empty() {
            true => no(
                "there are no columns to slice by".to_owned(),
                "name columns of the predictions under `columns`, or in `predictions.slices`",
            ),
            false => Ok(columns),
        }
    }

    /// The metric in every group.
    fn look(&self, predictions: &Predictions) -> Result<Looked, Box<Finding>> {
        let how = self.grouping();
        let mut groups = split(self.columns(predictions)?, &how);
        let measured: Vec<_> = std::mem::take(&mut groups.groups)
            .into_par_iter()
            .map(|group| {
                let rows = predictions.subset(&group.rows);
                let thin = rows.too_few().filter(|_| rows.rows() >= MIN_ROWS);
                let value = measure(self.metric, rows.challenger());
                let champion = rows.champion().and_then(|s| measure(self.metric, s).ok());
                (group, rows, thin, value, champion)
            })
            .collect();
        let mut looked =
            Looked { slices: Vec::new(), groups, undefined: Vec::new(), thin: Vec::new() };
        for (group, rows, thin, value, champion) in measured {
            match (thin, value) {
                (_, Err(why)) => looked.undefined.push((group.name(), why)),
                (Some(why), Ok(_)) => looked.thin.push((group.name(), why)),
                (None, Ok(challenger)) => {
                    looked.slices.push(Slice { group, rows, challenger, champion });
                }
            }
        }
        let direction = self.metric.direction();
        looked.slices.sort_by(|a, b| match direction {
            Direction::HigherIsBetter => a.challenger.total_cmp(&b.challenger),
            Direction::LowerIsBetter => b.challenger.total_cmp(&a.challenger),
        });
        Ok(looked)
    }

    /// Whether every group is inside the bounds.
    fn bounds(&self, slices: &[Slice]) -> Option<Finding> {
        let below = |s: &&Slice| self.min.is_some_and(|min| s.challenger < min);
        let above = |s: &&Slice| self.max.is_some_and(|max| s.challenger > max);
        let beyond: Vec<&Slice> = slices.iter().filter(|s| below(s) || above(s)).collect();
        let worst = beyond.first().copied().or_else(|| slices.first())?;
        let is_below = below(&worst);
        let bound = match (self.min, self.max) {
            (None, None) => return None,
            (Some(min), _) if is_below => min,
            (_, Some(max)) if above(&worst) => max,
            (min, max) => match self.metric.direction() {
                Direction::HigherIsBetter => min.or(max)?,
                Direction::LowerIsBetter => max.or(min)?,
            },
        };
        let (value, limit) = apart(worst.challenger, bound);
        let (name, rows) = (worst.group.name(), count(worst.group.rows.len() as u64));
        let metric = self.metric;
        let finding = |code: &str, verdict, message: String| {
            let figures = self.figures(slices);
            let worst_has = self.interval(worst);
            let finding = self.finding(code, verdict, message).value(worst.challenger).bound(bound);
            let finding = finding.evidence(figures);
            worst_has.into_iter().fold(finding, Finding::interval)
        };
        let all = count(slices.len() as u64);
        if beyond.is_empty() {
            let message = format!(
                "{metric} is inside its bounds in all {all} groups; the worst is {name} with {value} \
                 on {rows} rows"
            );
            return Some(finding("slices-within-bounds", Verdict::Pass, message));
        }
        let side = if is_below { "below the minimum" } else { "above the maximum" };
        let message = format!(
            "{metric} is {value} in {name} ({rows} rows), {side} {limit}; {} of {all} groups are out \
             of bounds",
            count(beyond.len() as u64)
        );
        let words = if is_below { "more" } else { "less" };
        Some(
            finding("slice-out-of-bounds", Verdict::Fail, message)
                .hint(format!("{bound} or {words} in every group would have passed")),
        )
    }

    /// The largest distance between two groups of one column.
    fn gap(&self, slices: &[Slice]) -> Option<Finding> {
        let bound = self.max_gap?;
        let mut largest: Option<(f64, &Slice, &Slice)> = None;
        let mut columns: Vec<&str> = slices.iter().map(|s| s.group.column.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        for column in columns {
            let own = || slices.iter().filter(|s| s.group.column == column);
            // Sorted: the worst first.
            let (Some(worst), Some(best)) = (own().next(), own().next_back()) else { continue };
            let gap = decimal::difference(best.challenger, worst.challenger).abs();
            let two = worst.group.level != best.group.level;
            if two && largest.is_none_or(|(known, ..)| gap > known) {
                largest = Some((gap, worst, best));
            }
        }
        let Some((gap, worst, best)) = largest else {
            let message = "no column has two groups that are large enough to compare".to_owned();
            return Some(
                self.finding("no-gap", Verdict::Inconclusive, message)
                    .hint("give more labelled rows, or lower `min-rows`"),
            );
        };
        let (shown, limit) = apart(gap, bound);
        let (low, high) = apart(worst.challenger, best.challenger);
        let message = format!(
            "{} is {low} in {} and {high} in {}: {shown} apart",
            self.metric,
            worst.group.name(),
            best.group.name()
        );
        let finding = |code: &str, verdict, message| {
            let [of_worst, of_best] = [worst, best].map(|slice| self.interval(slice));
            let around = of_worst.zip(of_best).map(|(of_worst, of_best)| {
                apart_by(gap, (worst.challenger, of_worst), (best.challenger, of_best))
            });
            let figures = [worst.figure().interval(of_worst), best.figure().interval(of_best)];
            let finding = self.finding(code, verdict, message).value(gap).bound(bound);
            around.into_iter().fold(finding.evidence(figures), Finding::interval)
        };
        Some(match gap > bound {
            true => finding("gap-exceeded", Verdict::Fail, format!("{message}, more than {limit}"))
                .hint(format!("a gap of {} or less would have passed", figure(bound))),
            false => {
                finding("gap-within-limit", Verdict::Pass, format!("{message}, at most {limit}"))
            }
        })
    }

    /// The interval of the metric in one group, where it has one. It is shown, not judged.
    fn interval(&self, slice: &Slice) -> Option<Interval> {
        let level = self.resampling().level();
        single::interval(self.metric, &slice.rows, level).ok().map(|(interval, _)| interval)
    }

    /// The worst groups with their intervals.
    fn figures(&self, slices: &[Slice]) -> Vec<Figure> {
        let shown = &slices[..slices.len().min(MAX_FIGURES)];
        shown.par_iter().map(|slice| slice.figure().interval(self.interval(slice))).collect()
    }

    /// Groups that were not judged, so that they are not thought of as good.
    fn left_out(&self, looked: &Looked) -> Option<Finding> {
        let mut parts = Vec::new();
        let groups = &looked.groups;
        if groups.small > 0 {
            let named = groups.small_named.join(", ");
            let least = self.grouping().min_rows;
            let more = if groups.small > groups.small_named.len() { ", …" } else { "" };
            parts.push(format!(
                "{} have fewer than {least} rows: {named}{more}",
                count(groups.small as u64)
            ));
        }
        let named = |all: Vec<String>| {
            let more = if all.len() > NAMED { "; …" } else { "" };
            format!("{}{more}", all.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; "))
        };
        if !looked.thin.is_empty() {
            let all = looked.thin.iter().map(|(name, why)| format!("{name}: {why}")).collect();
            parts.push(format!("{} have too few: {}", count(looked.thin.len() as u64), named(all)));
        }
        if !looked.undefined.is_empty() {
            let all = looked.undefined.iter().map(|(name, why)| format!("{name}: {why}")).collect();
            let n = count(looked.undefined.len() as u64);
            parts.push(format!("in {n} {} has no value: {}", self.metric, named(all)));
        }
        if groups.beyond > 0 {
            let most = count(self.grouping().most as u64);
            let beyond = count(groups.beyond as u64);
            parts.push(format!("{beyond} smaller ones are beyond the {most} that are looked at"));
        }
        let left_out = groups.small + looked.thin.len() + looked.undefined.len() + groups.beyond;
        (left_out > 0).then(|| {
            let message =
                format!("{} groups are not judged: {}", count(left_out as u64), parts.join(". "));
            self.finding("slices-left-out", Verdict::Warn, message)
                .value(left_out as f64)
                .hint("give more labelled rows of them, or name other columns under `columns`")
        })
    }

    fn judge(
        &self,
        evidence: &Evidence<'_>,
        predictions: &Predictions,
    ) -> Result<Vec<Finding>, Box<Finding>> {
        if !self.metric.suits(predictions.task) {
            let message = format!("{} cannot be computed from these predictions", self.metric);
            let finding = self.finding("metric-not-computable", Verdict::Error, message);
            return Err(Box::new(finding.hint("check `predictions.task`")));
        }
        measure(self.metric, predictions.challenger())
            .map_err(|e| refused(ID, self.metric.name(), &predictions.source, &e))?;
        let looked = self.look(predictions)?;
        let mut findings = Vec::new();
        if looked.slices.is_empty() {
            let message = "no group is large enough to be judged".to_owned();
            findings.push(
                self.finding("no-slices-judged", Verdict::Inconclusive, message)
                    .hint("give more labelled rows, or lower `min-rows`"),
            );
        } else {
            findings.extend(self.bounds(&looked.slices));
            findings.extend(self.gap(&looked.slices));
            if let Some(margin) = self.max_loss {
                findings.push(match evidence.champion {
                    None => no_champion(ID, self.metric.name()),
                    Some(_) => slice_loss::judge(self, margin, &looked.slices, predictions),
                });
            }
        }
        findings.extend(self.left_out(&looked));
        Ok(findings)
    }
}

/// The interval of the distance between two groups, made of their own: they share no rows (Zou and
/// Donner 2008, as Newcombe's method 10 does for shares).
fn apart_by(gap: f64, (a, of_a): (f64, Interval), (b, of_b): (f64, Interval)) -> Interval {
    let ((lower, of_lower), (upper, of_upper)) =
        if a <= b { ((a, of_a), (b, of_b)) } else { ((b, of_b), (a, of_a)) };
    let down = (upper - of_upper.low).hypot(of_lower.high - lower);
    let up = (of_upper.high - upper).hypot(lower - of_lower.low);
    Interval { low: gap - down, high: gap + up, level: of_a.level }
}

impl Slice {
    pub(super) fn figure(&self) -> Figure {
        Figure::new(self.group.name(), self.challenger)
            .against(self.champion)
            .rows(self.group.rows.len())
    }
}

impl Gate for Slicing {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let judged = match evidence.predictions {
            None => Err(no_predictions(ID, self.metric.name())),
            Some(predictions) => self.judge(evidence, predictions),
        };
        judged.unwrap_or_else(|finding| vec![*finding])
    }
}

#[cfg(test)]
#[path = "slices_tests.rs"]
mod tests;
