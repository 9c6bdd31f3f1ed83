//! What fires on a column: a distance above its threshold that chance does not explain, and what is
//! wrong with the values themselves.

use super::bounds::limit;
use crate::config::valid::MonitorConfig;
use crate::stats::drift::profile::Comparison;
use crate::stats::drift::words;
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
        reasons.push(words::null_rate_rose(before, now));
    }
    if let Some(share) = metric("out-of-range")
        && significant.range
        && over("out-of-range", share)
    {
        reasons.push(words::out_of_range(share));
    }
    if let Some(share) = metric("new-categories")
        && significant.novelty
        && over("new-categories", share)
    {
        reasons.push(words::new_categories(share, &found.new));
    }
    reasons
}

/// What is worth a look and no drift by itself.
pub(super) fn noticed(found: &Comparison) -> Vec<String> {
    let rest = found.metrics.get("not-told-apart").copied();
    let said = [words::lost_categories(&found.lost), rest.and_then(words::not_comparable)];
    said.into_iter().flatten().collect()
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
