//! Judges one step from what both versions did in it. Pure: counters in, analysis out.
//!
//! Every check has three answers. It *fails* only when chance does not explain what was seen
//! ([`ALPHA`] a look, or `increase::ALPHA_STAGE` over all of them), so that a model like the stable one is not taken back; it *passes* when the
//! measured value keeps the limit; else it is inconclusive, and the step goes on. The whole is the
//! worst of the checks.

use super::increase::more_errors;
use crate::domain::endpoint::{SlotCounters, latency_buckets_ms};
use crate::domain::rollout::{Analysis, Limits};
use crate::domain::verdict::Verdict;
use crate::stats::histogram::{
    binomial_tail, jensen_shannon, merged, quantile, quantile_upper, surely_above, wilson_upper,
};

/// Chance that one look at one check fails a model without fault. A rollout looks some hundreds
/// of times.
pub const ALPHA: f64 = 1e-5;
/// Standard errors for what the stable version may have by bad luck.
const Z: f64 = 3.0;
/// The part of the requests that may be slower than the quantile that is compared.
const ABOVE_P99: f64 = 0.01;

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the candidate did in this step.
    pub candidate: &'a SlotCounters,
    /// What the stable version did beside it; `None` when there is none.
    pub stable: Option<&'a SlotCounters>,
    /// Requests that the candidate must have seen, and the stable version for a comparison.
    pub min_requests: u64,
    /// The stable version gets requests in this step, so that a comparison can be waited for.
    pub comparable: bool,
}

/// The answer of one check.
pub(super) struct Check {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
}

pub(super) fn check(verdict: Verdict, reason: String) -> Check {
    Check { verdict, reason }
}

/// Judges what was seen so far. Too few requests are inconclusive, but a clear failure fails at
/// once.
pub fn judge(evidence: &Evidence<'_>, limits: &Limits) -> Analysis {
    let bounds = latency_buckets_ms();
    let candidate = evidence.candidate;
    let stable = evidence.stable.filter(|s| s.requests >= evidence.min_requests.max(1));
    let mut checks = vec![enough(evidence), errors(candidate, evidence.stable, limits)];
    checks.extend(evidence.stable.and_then(|stable| more_errors(candidate, stable, limits)));
    let mut prediction_shift = None;
    match stable {
        Some(stable) if candidate.requests > 0 => {
            checks.push(latency(&bounds, candidate, stable, limits));
            let (shift, value) = shift(candidate, stable, limits);
            checks.push(shift);
            prediction_shift = value;
        }
        _ => checks.extend(not_compared(evidence)),
    }
    checks.sort_by_key(|c| (c.verdict != Verdict::Fail, c.verdict == Verdict::Pass));
    let finite = |ms: Option<f64>| ms.filter(|v| v.is_finite());
    Analysis {
        verdict: worst(&checks),
        reasons: checks.into_iter().map(|c| c.reason).filter(|r| !r.is_empty()).collect(),
        requests: candidate.requests,
        errors: candidate.errors,
        p99_ms: finite(quantile(&bounds, &candidate.latency, 1.0 - ABOVE_P99)),
        stable_p99_ms: stable.and_then(|s| finite(quantile(&bounds, &s.latency, 1.0 - ABOVE_P99))),
        prediction_shift,
    }
}

fn worst(checks: &[Check]) -> Verdict {
    if checks.iter().any(|c| c.verdict == Verdict::Fail) {
        Verdict::Fail
    } else if checks.iter().any(|c| c.verdict == Verdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

fn enough(evidence: &Evidence<'_>) -> Check {
    let (seen, asked) = (evidence.candidate.requests, evidence.min_requests);
    if seen < asked {
        let reason = format!("too-few-requests: the candidate saw {seen} of {asked} requests");
        return check(Verdict::Inconclusive, reason);
    }
    check(Verdict::Pass, format!("the candidate saw {seen} requests, {asked} asked for"))
}

fn not_compared(evidence: &Evidence<'_>) -> Option<Check> {
    let seen = evidence.stable?.requests;
    let needed = evidence.min_requests;
    let reason = format!(
        "not compared with the stable version, which saw {seen} of {needed} requests beside it"
    );
    let waits = evidence.comparable && needed > 0;
    Some(check(if waits { Verdict::Inconclusive } else { Verdict::Pass }, reason))
}

/// Exact one-sided binomial test of the failures against the limit, or against the stable
/// version's own rate (upper Wilson bound) where that is higher: requests that no model can answer
/// are not the candidate's fault.
fn errors(candidate: &SlotCounters, stable: Option<&SlotCounters>, limits: &Limits) -> Check {
    let (errors, requests) = (candidate.errors.min(candidate.requests), candidate.requests);
    if requests == 0 {
        return check(Verdict::Pass, String::new());
    }
    let limit = limits.max_error_rate;
    let rate = errors as f64 / requests as f64;
    let excused = stable
        .filter(|s| s.errors > 0)
        .map_or(limit, |s| wilson_upper(s.errors.min(s.requests), s.requests, Z).max(limit));
    let text = format!("{errors} of {requests} requests failed, {} allowed", percent(limit));
    if rate <= limit {
        check(Verdict::Pass, text)
    } else if binomial_tail(errors, requests, excused) < ALPHA {
        check(Verdict::Fail, format!("error-rate-too-high: {text}"))
    } else {
        check(Verdict::Inconclusive, format!("error-rate-unclear: {text}"))
    }
}

/// Fails when more of the candidate's requests than the p99 allows took longer than the allowed
/// multiple of the stable version's p99 (its upper bound), by the exact binomial test. A latency is
/// known to its bucket; the bucket that holds the bound is not held against the candidate.
fn latency(
    bounds: &[f64],
    candidate: &SlotCounters,
    stable: &SlotCounters,
    limits: &Limits,
) -> Check {
    let q = 1.0 - ABOVE_P99;
    let measured = quantile(bounds, &candidate.latency, q)
        .zip(quantile(bounds, &stable.latency, q))
        .zip(quantile_upper(bounds, &stable.latency, q, Z));
    let Some(((p99, stable_p99), stable_upper)) = measured else {
        return check(Verdict::Pass, "latency was not measured, so not compared".to_owned());
    };
    let allowed = (stable_p99 * limits.max_latency_ratio).max(limits.latency_floor_ms);
    let surely = (stable_upper * limits.max_latency_ratio).max(limits.latency_floor_ms);
    let text = format!(
        "p99 latency at most {p99:.1} ms, {allowed:.1} ms allowed (stable {stable_p99:.1} ms)"
    );
    let slow = surely_above(bounds, &candidate.latency, surely);
    let n: u64 = candidate.latency.iter().sum();
    let over = surely_above(bounds, &candidate.latency, allowed);
    if over as f64 <= ABOVE_P99 * n as f64 {
        check(Verdict::Pass, text)
    } else if binomial_tail(slow, n, ABOVE_P99) < ALPHA {
        check(Verdict::Fail, format!("latency-too-high: {text}"))
    } else {
        check(Verdict::Inconclusive, format!("latency-unclear: {text}"))
    }
}

/// Jensen-Shannon distance (base 2) of the predictions in merged bins: passes by its value without
/// bias, fails by what chance does not explain.
fn shift(candidate: &SlotCounters, stable: &SlotCounters, limits: &Limits) -> (Check, Option<f64>) {
    let (a, b) = prediction_bins(candidate, stable);
    let seen = |bins: &[u64]| bins.iter().sum::<u64>();
    if seen(&a) == 0 && seen(&b) == 0 {
        let text = "no predictions were counted, so none compared".to_owned();
        return (check(Verdict::Pass, text), None);
    }
    let Some(distance) = jensen_shannon(&a, &b) else {
        let text = format!(
            "prediction-shift-unclear: the candidate gave {} predictions, the stable version {}",
            seen(&a),
            seen(&b)
        );
        return (check(Verdict::Inconclusive, text), None);
    };
    let (value, limit) = (distance.corrected(), limits.max_prediction_shift);
    let text = format!("prediction shift {value:.3}, {limit} allowed");
    let answer = if value <= limit {
        check(Verdict::Pass, text)
    } else if distance.surely(ALPHA) > limit {
        check(Verdict::Fail, format!("prediction-shift-too-large: {text}"))
    } else {
        check(Verdict::Inconclusive, format!("prediction-shift-unclear: {text}"))
    };
    (answer, Some(value))
}

fn prediction_bins(candidate: &SlotCounters, stable: &SlotCounters) -> (Vec<u64>, Vec<u64>) {
    let empty = |s: &SlotCounters| s.predictions.iter().all(|c| *c == 0);
    if !empty(candidate) || !empty(stable) {
        return merged(&candidate.predictions, &stable.predictions);
    }
    let names: std::collections::BTreeSet<&String> =
        candidate.categories.keys().chain(stable.categories.keys()).collect();
    let mut pairs: Vec<(u64, u64)> = names
        .into_iter()
        .map(|name| {
            let of = |s: &SlotCounters| s.categories.get(name).copied().unwrap_or(0);
            (of(candidate), of(stable))
        })
        .collect();
    pairs.sort_by_key(|(a, b)| std::cmp::Reverse(a + b));
    let (a, b): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
    merged(&a, &b)
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.4}", share * 100.0).trim_end_matches('0').trim_end_matches('.').to_owned() + " %"
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_error_rate: 0.01,
        max_error_increase: Some(0.01),
        max_latency_ratio: 2.0,
        latency_floor_ms: 20.0,
        max_prediction_shift: 0.3,
    };

    fn counters(requests: u64, errors: u64, ms: f64, predictions: &[u64]) -> SlotCounters {
        let mut latency = vec![0; 49];
        latency[latency_buckets_ms().iter().position(|b| ms <= *b).unwrap_or(48)] = requests;
        SlotCounters {
            requests,
            errors,
            latency,
            predictions: predictions.to_vec(),
            ..SlotCounters::default()
        }
    }

    fn judged(candidate: &SlotCounters, stable: &SlotCounters) -> Analysis {
        let evidence =
            Evidence { candidate, stable: Some(stable), min_requests: 100, comparable: true };
        judge(&evidence, &LIMITS)
    }

    #[test]
    fn answers_are_three_valued() {
        let stable = counters(1000, 1, 30.0, &[500, 500]);
        let table = [
            (counters(100, 0, 30.0, &[52, 48]), Verdict::Pass, "prediction shift 0.000"),
            (counters(40, 0, 30.0, &[20, 20]), Verdict::Inconclusive, "too-few-requests"),
            (counters(100, 2, 30.0, &[50, 48]), Verdict::Inconclusive, "error-rate-unclear"),
            (counters(5, 5, 30.0, &[]), Verdict::Fail, "error-rate-too-high"),
            (counters(200, 20, 30.0, &[90, 90]), Verdict::Fail, "error-rate-too-high"),
            (counters(100, 0, 300.0, &[50, 50]), Verdict::Fail, "latency-too-high"),
            (counters(100, 0, 30.0, &[100, 0]), Verdict::Fail, "prediction-shift-too-large"),
            (counters(100, 0, 30.0, &[]), Verdict::Inconclusive, "prediction-shift-unclear"),
        ];
        for (candidate, verdict, code) in table {
            let analysis = judged(&candidate, &stable);
            assert_eq!(analysis.verdict, verdict, "{analysis:?}");
            assert!(analysis.reasons.iter().any(|r| r.contains(code)), "{code}: {analysis:?}");
        }
    }

    #[test]
    fn latency_below_the_floor_is_not_looked_at() {
        let analysis = judged(&counters(100, 0, 15.0, &[50, 50]), &counters(1000, 0, 1.0, &[1, 1]));
        assert_eq!(analysis.verdict, Verdict::Pass, "{analysis:?}");
    }

    #[test]
    fn requests_that_no_model_can_answer_do_not_fail_the_candidate() {
        let stable = counters(1000, 80, 1.0, &[500, 420]);
        let analysis = judged(&counters(1000, 85, 1.0, &[500, 415]), &stable);
        assert_eq!(analysis.verdict, Verdict::Inconclusive, "{analysis:?}");
        let analysis = judged(&counters(1000, 300, 1.0, &[380, 320]), &stable);
        assert_eq!(analysis.verdict, Verdict::Fail, "{analysis:?}");
    }

    #[test]
    fn text_predictions_are_compared_by_category() {
        let with = |yes, no| SlotCounters {
            requests: yes + no,
            categories: [("yes".to_owned(), yes), ("no".to_owned(), no)].into(),
            ..SlotCounters::default()
        };
        assert_eq!(judged(&with(60, 40), &with(600, 400)).verdict, Verdict::Pass);
        assert_eq!(judged(&with(0, 100), &with(600, 400)).verdict, Verdict::Fail);
    }

    #[test]
    fn a_stable_version_without_requests_is_waited_for_only_while_it_gets_some() {
        let (candidate, stable) = (counters(100, 0, 1.0, &[1]), SlotCounters::default());
        let mut evidence = Evidence {
            candidate: &candidate,
            stable: Some(&stable),
            min_requests: 100,
            comparable: true,
        };
        assert_eq!(judge(&evidence, &LIMITS).verdict, Verdict::Inconclusive);
        evidence.comparable = false;
        assert_eq!(judge(&evidence, &LIMITS).verdict, Verdict::Pass);
    }
}
