//! What fires on a column: a distance above its threshold that chance does not explain, and what is
//! wrong with the values themselves.

use super::bounds::limit;
use crate::config::valid::MonitorConfig;
use crate::stats::drift::profile::Comparison;
use crate::stats::inference::multiple;
use crate::stats::number::p_value;

/// Which tests of a column are significant, after Holm's correction over all columns.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Significant {
    shape: bool,
    nulls: bool,
    range: bool,
    novelty: bool,
}

/// Each kind of test is a family of its own.
pub(super) fn significant(found: &[Option<Comparison>], level: f64) -> Vec<Significant> {
    let family = |pick: fn(&Comparison) -> Option<f64>| {
        let p: Vec<Option<f64>> = found.iter().map(|c| c.as_ref().and_then(pick)).collect();
        multiple::significant(&p, level)
    };
    let (shape, nulls) = (family(|c| c.shape_p), family(|c| c.null_p));
    let (range, novelty) = (family(|c| c.range_p), family(|c| c.novelty_p));
    (0..found.len())
        .map(|i| Significant {
            shape: shape[i],
            nulls: nulls[i],
            range: range[i],
            novelty: novelty[i],
        })
        .collect()
}

/// What fired, as `code: explanation`.
pub(super) fn fired(
    found: &Comparison,
    significant: Significant,
    config: &MonitorConfig,
    column: &str,
) -> Vec<String> {
    let mut reasons = Vec::new();
    if significant.shape {
        reasons.extend(distances(found, config, column));
    }
    let over = |metric: &str, value: f64| limit(config, metric, column).is_some_and(|l| value > l);
    let metric = |name: &str| found.metrics.get(name).copied();
    if let (Some(before), Some(now)) = (metric("null-rate-baseline"), metric("null-rate-current"))
        && significant.nulls
        && over("null-rate", now - before)
    {
        let (before, now) = (percent(before), percent(now));
        reasons.push(format!("null-rate-rose: {now} of the values are missing, {before} before"));
    }
    if let Some(share) = metric("out-of-range")
        && significant.range
        && over("out-of-range", share)
    {
        let share = percent(share);
        reasons
            .push(format!("out-of-range: {share} of the values lie outside the baseline's range"));
    }
    if let Some(share) = metric("new-categories")
        && significant.novelty
        && over("new-categories", share)
    {
        let (share, names) = (percent(share), some_of(&found.new));
        reasons.push(format!("new-categories: {share} of the values are in new ones ({names})"));
    }
    reasons
}

/// What is worth a look and no drift by itself.
pub(super) fn noticed(found: &Comparison) -> Option<String> {
    let names = some_of(&found.lost);
    (!found.lost.is_empty()).then(|| format!("lost-category: no value is {names} any more"))
}

fn distances(found: &Comparison, config: &MonitorConfig, column: &str) -> Vec<String> {
    let p = found.shape_p.unwrap_or(1.0);
    ["psi", "jensen-shannon", "ks", "wasserstein-normed"]
        .into_iter()
        .filter_map(|metric| {
            let value = *found.metrics.get(metric)?;
            let limit = limit(config, metric, column)?;
            (value > limit).then(|| {
                format!(
                    "{metric}-above-threshold: {metric} {value:.3} is above {limit} ({})",
                    p_value(p)
                )
            })
        })
        .collect()
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// At most five names, each cut to 40 characters.
fn some_of(names: &[String]) -> String {
    let short = |n: &String| format!("`{}`", n.chars().take(40).collect::<String>());
    let mut listed: Vec<String> = names.iter().take(5).map(short).collect();
    if names.len() > listed.len() {
        listed.push(format!("{} more", names.len() - listed.len()));
    }
    listed.join(", ")
}
