//! Whether the candidate fails more requests than the stable version, judged at every look of a stage.

use super::analysis::{Check, check, percent};
use crate::domain::endpoint::SlotCounters;
use crate::domain::rollout::Limits;
use crate::domain::verdict::Verdict;
use crate::stats::inference::sequential;

/// Chance that a candidate which fails no more often than is allowed is taken back for it, however
/// often a stage is looked at.
pub const ALPHA_STAGE: f64 = 1e-3;

/// The difference of both versions' shares of failed requests against the increase that is allowed, by
/// an interval that holds at every look at once ([`sequential::difference`]): looking again, with more
/// requests each time, does not add chances of a false alarm. None without requests of both, or
/// without a bound.
pub(super) fn more_errors(
    candidate: &SlotCounters,
    stable: &SlotCounters,
    limits: &Limits,
) -> Option<Check> {
    let allowed = limits.max_error_increase?;
    let counts = |slot: &SlotCounters| (slot.errors.min(slot.requests), slot.requests);
    let (ours, theirs) = (counts(candidate), counts(stable));
    if ours.1 == 0 || theirs.1 == 0 {
        return None;
    }
    let interval = sequential::difference(ours, theirs, 1.0 - ALPHA_STAGE).ok()?;
    let rate = |(errors, requests): (u64, u64)| errors as f64 / requests as f64;
    let increase = rate(ours) - rate(theirs);
    let text = format!(
        "the candidate fails {} of its requests, the stable version {}, {} more allowed",
        percent(rate(ours)),
        percent(rate(theirs)),
        percent(allowed)
    );
    Some(if increase <= allowed {
        check(Verdict::Pass, text)
    } else if interval.low > allowed {
        check(Verdict::Fail, format!("error-rate-increased: {text}"))
    } else {
        check(Verdict::Inconclusive, format!("error-increase-unclear: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::generator::Generator;

    const LIMITS: Limits = Limits {
        max_error_rate: 1.0,
        max_error_increase: Some(0.01),
        max_latency_ratio: 2.0,
        latency_floor_ms: 20.0,
        max_prediction_shift: 0.3,
    };

    fn counters(requests: u64, errors: u64) -> SlotCounters {
        SlotCounters { requests, errors, ..SlotCounters::default() }
    }

    /// Stages of 50 looks each, by chance alone: `rates` are the candidate's and the stable
    /// version's. How many were taken back for the increase.
    fn taken_back(rates: [f64; 2], stages: u64, increase: f64) -> usize {
        let limits = Limits { max_error_increase: Some(increase), ..LIMITS };
        let ends_badly = |stage: &u64| {
            let mut chance = Generator::new(11, *stage);
            let mut slots = [counters(0, 0), counters(0, 0)];
            (0..50).any(|_| {
                for (slot, rate) in slots.iter_mut().zip(rates) {
                    slot.requests += 40;
                    slot.errors += (0..40).filter(|_| chance.unit() < rate).count() as u64;
                }
                let found = more_errors(&slots[0], &slots[1], &limits);
                found.is_some_and(|check| check.verdict == Verdict::Fail)
            })
        };
        (0..stages).filter(ends_badly).count()
    }

    /// Nominal is one stage in a thousand: more than 5 of 1000 have a chance of 6 in 10,000.
    #[test]
    fn looking_often_takes_no_equal_back_and_finds_what_is_worse() {
        for rate in [0.002, 0.05, 0.3] {
            let found = taken_back([rate, rate], 1000, 0.0);
            assert!(found <= 5, "{found} of 1000 stages at a rate of {rate}");
        }
        assert_eq!(taken_back([0.2, 0.02], 50, 0.0), 50);
        assert_eq!(taken_back([0.2, 0.02], 50, 0.2), 0);
    }

    #[test]
    fn an_increase_is_judged_by_its_own_bound() {
        let code = |errors: u64, limits: &Limits| {
            let found = more_errors(&counters(2000, errors), &counters(2000, 2), limits);
            found.map(|check| (check.verdict, check.reason))
        };
        let verdict = |errors| code(errors, &LIMITS).map(|found| found.0);
        assert_eq!(verdict(21), Some(Verdict::Pass));
        assert_eq!(verdict(23), Some(Verdict::Inconclusive));
        assert_eq!(verdict(200), Some(Verdict::Fail));
        let (_, reason) = code(200, &LIMITS).expect("is judged");
        assert!(reason.starts_with("error-rate-increased: the candidate fails 10 %"), "{reason}");
        assert_eq!(code(200, &Limits { max_error_increase: None, ..LIMITS }), None);
    }
}
