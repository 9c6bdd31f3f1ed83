//! `churn`: not too many decisions change when the challenger takes over.

use schemars::JsonSchema;
use serde::Deserialize;

use super::decisions::{decisions, no_champion_scores, no_predictions, too_few, unusable};
use super::evidence::{Evidence, MIN_ROWS, Predictions};
use super::gate::Gate;
use super::groups::{Grouping, split};
use super::paired::{no_champion, refused};
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::domain::verdict::{Figure, Finding, Verdict};
use crate::stats::Undefined;
use crate::stats::number::{apart, count};
use crate::stats::rates::Rate;

const ID: &str = "churn";
const LEVEL: f64 = 0.95;
/// Groups whose churn is shown.
const GROUPS: Grouping = Grouping { quantiles: 4, min_rows: MIN_ROWS, most: 1000 };

/// Largest shares of rows whose decision changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Churn {
    /// Largest share of rows that the two models decide differently.
    #[serde(default)]
    pub max: Option<f64>,
    /// Largest share of rows that the champion decides rightly and the challenger wrongly.
    #[serde(default)]
    pub max_negative: Option<f64>,
    /// In a regression: answers further apart than this are different ones.
    #[serde(default)]
    pub tolerance: Option<f64>,
}

/// Some of the rows, and how much they weigh.
#[derive(Debug, Default, Clone, Copy)]
struct Part {
    rows: usize,
    mass: f64,
}

/// Rows by what became of them.
#[derive(Debug, Default)]
struct Counts {
    all: Part,
    /// Σ weight², which says how many rows weighted ones are worth.
    squares: f64,
    changed: Part,
    lost: Part,
    gained: Part,
}

impl Churn {
    /// Checks the values; `key` names the gate in messages.
    ///
    /// # Errors
    /// No bound, or a share that is none.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.max.is_none() && self.max_negative.is_none() {
            return Err(Error::config(format!("`{key}` has no bound")).hint("write {max: 0.05}"));
        }
        for (name, share) in [("max", self.max), ("max-negative", self.max_negative)] {
            if let Some(share) = share.filter(|s| !(0.0..=1.0).contains(s)) {
                return Err(Error::config(format!("`{key}.{name}` is {share}"))
                    .hint("give a share from 0 to 1, such as 0.05"));
            }
        }
        match self.tolerance {
            Some(t) if !(t.is_finite() && t >= 0.0) => {
                Err(Error::config(format!("`{key}.tolerance` is {t}"))
                    .hint("give a number of 0 or more, in the unit of the answers"))
            }
            _ => Ok(()),
        }
    }

    /// For each row whether it changed, and whether each model is right.
    fn changes(&self, predictions: &Predictions) -> Result<Vec<(bool, bool, bool)>, Box<Finding>> {
        let Some(champion) = &predictions.champion else {
            return Err(Box::new(no_champion_scores(ID, "decisions", predictions)));
        };
        let source = &predictions.source;
        if let Some(why) = unusable(predictions, &[&predictions.challenger, champion]) {
            return Err(refused(ID, "decisions", source, &why));
        }
        if predictions.rows() < MIN_ROWS {
            let why = format!("{} rows are fewer than {MIN_ROWS}", predictions.rows());
            return Err(Box::new(too_few(ID, "decisions", source, &why)));
        }
        let (ours, theirs) =
            (decisions(predictions, &predictions.challenger), decisions(predictions, champion));
        if predictions.task != Task::Regression {
            let pairs = ours.iter().zip(&theirs).zip(&predictions.labels);
            return Ok(pairs.map(|((a, b), label)| (a != b, a == label, b == label)).collect());
        }
        let problem = match (self.tolerance, self.max_negative) {
            (None, _) => {
                "in a regression, churn needs a `tolerance`: how far apart two answers are \
                          different ones"
            }
            (_, Some(_)) => {
                "in a regression no answer is simply right: `max-negative` cannot be judged"
            }
            (Some(tolerance), None) => {
                let changed = |(a, b): (&f64, &f64)| ((a - b).abs() > tolerance, false, false);
                return Ok(ours.iter().zip(&theirs).map(changed).collect());
            }
        };
        let finding = Finding::new(ID, "churn-not-computable", Verdict::Error, problem);
        Err(Box::new(
            finding.subject("decisions").hint("check `gates.churn` and `predictions.task`"),
        ))
    }

    fn total(&self, all: &Counts, figures: &[Figure]) -> Option<Finding> {
        let bound = self.max?;
        let message = format!(
            "{} of {} decisions change: {} from wrong to right, {} from right to wrong",
            count(all.changed.rows as u64),
            count(all.all.rows as u64),
            count(all.gained.rows as u64),
            count(all.lost.rows as u64),
        );
        Some(verdict(false, (all.rate(all.changed), bound), &message, figures))
    }

    fn negative(&self, all: &Counts, figures: &[Figure]) -> Option<Finding> {
        let bound = self.max_negative?;
        let message = format!(
            "{} of {} rows were decided rightly by the champion and wrongly by the challenger",
            count(all.lost.rows as u64),
            count(all.all.rows as u64),
        );
        Some(verdict(true, (all.rate(all.lost), bound), &message, figures))
    }

    fn judge(&self, predictions: &Predictions) -> Result<Vec<Finding>, Box<Finding>> {
        let changes = self.changes(predictions)?;
        let weights = predictions.weights.as_deref();
        let all = Counts::of(&changes, weights, 0..changes.len());
        if !(all.all.mass > 0.0 && all.all.mass.is_finite()) {
            let why = Undefined::ZeroWeights;
            return Err(refused(ID, "decisions", &predictions.source, &why));
        }
        let mut figures = Vec::new();
        if predictions.task != Task::Regression {
            for (what, part) in
                [("from wrong to right", all.gained), ("from right to wrong", all.lost)]
            {
                figures.push(Figure::new(what, all.rate(part).share).rows(part.rows));
            }
        }
        let mut groups: Vec<Figure> = split(&predictions.columns, &GROUPS)
            .groups
            .iter()
            .map(|group| {
                let counts = Counts::of(&changes, weights, group.rows.iter().copied());
                (group.name(), counts.rate(counts.changed), counts.all.rows)
            })
            .filter(|(_, rate, _)| rate.rows > 0.0)
            .map(|(name, rate, rows)| {
                Figure::new(name, rate.share).rows(rows).interval(rate.wilson(LEVEL))
            })
            .collect();
        groups.sort_by(|a, b| b.value.total_cmp(&a.value));
        figures.extend(groups);
        Ok(self.total(&all, &figures).into_iter().chain(self.negative(&all, &figures)).collect())
    }
}

impl Counts {
    fn of(
        changes: &[(bool, bool, bool)],
        weights: Option<&[f64]>,
        rows: impl Iterator<Item = usize>,
    ) -> Self {
        let mut counts = Self::default();
        for row in rows {
            let (changed, ours, theirs) = changes[row];
            let weight = weights.map_or(1.0, |weights| weights[row]);
            counts.squares += weight * weight;
            counts.all.add(true, weight);
            counts.changed.add(changed, weight);
            counts.gained.add(changed && ours, weight);
            counts.lost.add(changed && theirs, weight);
        }
        counts
    }

    /// The share of a part; of no rows that weigh anything it is 0 of 0.
    fn rate(&self, part: Part) -> Rate {
        let all = self.all.mass;
        match all > 0.0 {
            true => Rate { share: (part.mass / all).min(1.0), rows: all * all / self.squares },
            false => Rate { share: 0.0, rows: 0.0 },
        }
    }
}

impl Part {
    fn add(&mut self, is_part: bool, weight: f64) {
        if is_part {
            self.rows += 1;
            self.mass += weight;
        }
    }
}

/// Compares a share with its bound; `negative` is that of negative flips.
fn verdict(
    negative: bool,
    (rate, bound): (Rate, f64),
    message: &str,
    figures: &[Figure],
) -> Finding {
    let share = rate.share;
    let (shown, limit) = apart(share, bound);
    let words = if share > bound { "more than " } else { "within " };
    let message = format!("{message}; that is a share of {shown}, {words}{limit}");
    let finding = |code: &str, verdict| Finding::new(ID, code, verdict, message.as_str());
    let finding = match (share > bound, negative) {
        (true, false) => finding("churn-exceeded", Verdict::Fail),
        (true, true) => finding("negative-flips-exceeded", Verdict::Fail),
        (false, false) => finding("churn-within-limit", Verdict::Pass),
        (false, true) => finding("negative-flips-within-limit", Verdict::Pass),
    };
    let subject = if negative { "negative flips" } else { "decisions" };
    let finding = finding
        .subject(subject)
        .value(share)
        .bound(bound)
        .interval(rate.wilson(LEVEL))
        .evidence(figures.iter().cloned());
    match share > bound {
        true => finding.hint(format!("a share of {bound} or less would have passed")),
        false => finding,
    }
}

impl Gate for Churn {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        if evidence.champion.is_none() {
            return vec![no_champion(ID, "decisions")];
        }
        let judged = match evidence.predictions {
            None => Err(no_predictions(ID, "decisions")),
            Some(predictions) => self.judge(predictions),
        };
        judged.unwrap_or_else(|finding| vec![*finding])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    /// 200 rows, of which the first `lost` turn from right to wrong and the next `gained` the other
    /// way round.
    fn world(lost: usize, gained: usize) -> World {
        let mut world = World::new().with_predictions(200).with_champion();
        let right = |i: usize| if i.is_multiple_of(2) { 0.9 } else { 0.1 };
        let changed = move |i: usize| (lost..lost + gained).contains(&i);
        world.scores(move |i, _| if changed(i) { 1.0 - right(i) } else { right(i) });
        world.tie();
        world.scores(move |i, score| if i < lost || changed(i) { 1.0 - score } else { score });
        world
    }

    fn codes(gate: &Churn, world: &World) -> Vec<(Verdict, String)> {
        let findings = gate.evaluate(&world.evidence());
        findings.into_iter().map(|f| (f.verdict, f.code)).collect()
    }

    fn most(max: f64) -> Churn {
        Churn { max: Some(max), ..Churn::default() }
    }

    #[test]
    fn twins_one_row_apart() {
        assert_eq!(
            codes(&most(0.05), &world(4, 6)),
            [(Verdict::Pass, "churn-within-limit".into())]
        );
        assert_eq!(codes(&most(0.05), &world(5, 6)), [(Verdict::Fail, "churn-exceeded".into())]);
        let negative = Churn { max_negative: Some(0.02), ..Churn::default() };
        let passes = codes(&negative, &world(4, 30));
        assert_eq!(passes, [(Verdict::Pass, "negative-flips-within-limit".into())]);
        let fails = codes(&negative, &world(5, 30));
        assert_eq!(fails, [(Verdict::Fail, "negative-flips-exceeded".into())]);
        assert_eq!(codes(&most(0.0), &world(0, 0))[0].0, Verdict::Pass);
    }

    #[test]
    fn who_gained_and_who_lost_is_said() {
        let finding = most(0.01).evaluate(&world(4, 6).evidence()).remove(0);
        assert!(finding.message.contains("6 from wrong to right, 4 from right to wrong"));
        assert_eq!((finding.evidence[0].rows, finding.evidence[1].rows), (Some(6), Some(4)));
        assert!(finding.interval.is_some_and(|i| i.low < 0.05 && i.high > 0.05));
    }

    /// Rows that count twice are as if they were there twice; those that count nothing as if not.
    #[test]
    fn rows_count_as_much_as_they_weigh() {
        let plain = world(4, 6);
        let mut weighed = world(4, 6);
        weighed.weigh(|_| 2.5);
        let of = |world: &World| most(0.05).evaluate(&world.evidence()).remove(0);
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-12);
        assert!(close(of(&weighed).value, 0.05));
        let (a, b) = (of(&plain).interval.expect("one"), of(&weighed).interval.expect("one"));
        assert!((a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12);
        weighed.weigh(|i| if i < 4 { 50.0 } else { 1.0 });
        let found = of(&weighed);
        assert!(close(found.value, 206.0 / 396.0), "{found:?}");
        assert_eq!(found.verdict, Verdict::Fail);
        let heavy = found.interval.expect("one");
        assert!(heavy.high - heavy.low > 0.4, "four rows decide: {heavy:?}");
        weighed.weigh(|i| if i < 10 { 0.0 } else { 1.0 });
        assert!(close(of(&weighed).value, 0.0));
        weighed.weigh(|_| 0.0);
        assert_eq!(codes(&most(1.0), &weighed), [(Verdict::Error, "weight-not-usable".into())]);
    }

    #[test]
    fn without_both_models_on_enough_rows_it_is_no_pass() {
        let code = |world: &World| codes(&most(1.0), world)[0].clone();
        assert_eq!(code(&World::new()), (Verdict::Warn, "no-champion".into()));
        let unpredicted = World::new().with_champion();
        assert_eq!(code(&unpredicted), (Verdict::Inconclusive, "no-predictions".into()));
        let mut unscored = world(0, 0);
        unscored.forget_champion_scores();
        assert_eq!(code(&unscored).1, "no-champion-scores");
        let few = World::new().with_predictions(29).with_champion();
        assert_eq!(code(&few), (Verdict::Inconclusive, "too-few-rows".into()));
        let mut broken = world(0, 0);
        broken.scores(|i, score| if i == 3 { f64::NAN } else { score });
        assert_eq!(code(&broken), (Verdict::Error, "not-a-number".into()));
    }

    #[test]
    fn a_regression_needs_a_tolerance() {
        let mut world = World::new().with_predictions(100).with_champion();
        world.regression();
        assert_eq!(codes(&most(1.0), &world)[0].1, "churn-not-computable");
        let tolerant = Churn { tolerance: Some(10.0), ..most(0.0) };
        assert_eq!(codes(&tolerant, &world)[0].0, Verdict::Pass);
        let strict = Churn { tolerance: Some(0.0), ..most(0.0) };
        assert_eq!(codes(&strict, &world)[0].0, Verdict::Fail);
        assert!(Churn::default().check("k").is_err());
        assert!(most(1.5).check("k").is_err());
        assert!(Churn { tolerance: Some(-1.0), ..most(0.5) }.check("k").is_err());
    }
}
