//! `latency`: the model answers its sample request fast enough on this machine.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use crate::config::units::Span;
use crate::domain::error::{Error, Result};
use crate::domain::verdict::{Figure, Finding, Interval, Verdict};
use crate::stats::number::{apart, count, counted, figure};

const ID: &str = "latency";
/// Requests when the settings do not say.
const REQUESTS: usize = 500;
/// Requests that are not measured, when the settings do not say.
const WARM_UP: usize = 20;
/// Most requests that may be asked for.
const MAX_REQUESTS: usize = 1_000_000;
/// Longest time that the requests take together, when the settings do not say.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Requests that must lie beyond a percentile, so that it is not that of the luck of a few.
const BEYOND: f64 = 5.0;
/// Two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Longest times, by percentile, that the model may take to answer the package's sample request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Latency {
    /// Half of the requests take at most this, such as `5ms`.
    #[serde(default)]
    pub p50: Option<Span>,
    /// 90 of 100 requests take at most this.
    #[serde(default)]
    pub p90: Option<Span>,
    /// 95 of 100 requests take at most this.
    #[serde(default)]
    pub p95: Option<Span>,
    /// 99 of 100 requests take at most this.
    #[serde(default)]
    pub p99: Option<Span>,
    /// Requests that are measured, one after the other; 500 when left out.
    #[serde(default)]
    pub requests: Option<usize>,
    /// Requests before those, which are not measured; 20 when left out.
    #[serde(default)]
    pub warm_up: Option<usize>,
    /// Longest time that all of them may take together; 30s when left out.
    #[serde(default)]
    pub time_limit: Option<Span>,
}

/// How long each request took.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Runs {
    /// Seconds of each request, ascending.
    pub seconds: Vec<f64>,
    /// Rows that the sample request asks about.
    pub rows: usize,
    /// Seconds until the model was loaded.
    pub load: f64,
}

impl Latency {
    /// Checks the values; `key` names the gate in messages.
    ///
    /// # Errors
    /// No bound, a bound of nothing, too few requests for a percentile.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.bounds().is_empty() {
            return Err(Error::config(format!("`{key}` has no bound")).hint("write {p95: 20ms}"));
        }
        for (name, share, bound) in self.bounds() {
            if bound.is_zero() {
                return Err(Error::config(format!("`{key}.{name}` is 0")).hint("write 20ms"));
            }
            let (requests, needed) = (self.requests(), needed(share));
            if requests < needed {
                let message = format!("`{key}.requests` is {requests}, too few for `{name}`");
                return Err(Error::config(message).hint(format!("ask for at least {needed}")));
            }
        }
        if self.requests() > MAX_REQUESTS || self.warm_up() > MAX_REQUESTS {
            return Err(Error::config(format!("`{key}.requests` is above {MAX_REQUESTS}"))
                .hint("a few thousand tell as much"));
        }
        if self.time_limit().is_zero() {
            return Err(Error::config(format!("`{key}.time-limit` is 0")).hint("write 30s"));
        }
        Ok(())
    }

    /// Requests to measure.
    pub fn requests(&self) -> usize {
        self.requests.unwrap_or(REQUESTS)
    }

    /// Requests before them.
    pub fn warm_up(&self) -> usize {
        self.warm_up.unwrap_or(WARM_UP)
    }

    /// Longest time for all of them.
    pub fn time_limit(&self) -> Duration {
        self.time_limit.map_or(TIME_LIMIT, |span| span.0)
    }

    fn bounds(&self) -> Vec<(&'static str, f64, Duration)> {
        let all = [
            ("p50", 0.5, self.p50),
            ("p90", 0.9, self.p90),
            ("p95", 0.95, self.p95),
            ("p99", 0.99, self.p99),
        ];
        all.into_iter().filter_map(|(name, share, bound)| Some((name, share, bound?.0))).collect()
    }

    fn judge(&self, runs: &Runs, name: &'static str, share: f64, bound: Duration) -> Finding {
        let requests = runs.seconds.len();
        let limit = milliseconds(bound.as_secs_f64());
        let value = milliseconds(percentile(&runs.seconds, share));
        let finding = |code: &str, verdict, message: String| {
            Finding::new(ID, code, verdict, message)
                .subject(name)
                .value(value)
                .bound(limit)
                .interval(interval(&runs.seconds, share))
                .evidence(figures(runs))
        };
        let (shown, limit_shown) = apart(value, limit);
        if requests < needed(share) {
            let message = format!(
                "only {} were answered within the time limit, too few for {name}: {} are needed",
                counted(requests as u64, "request"),
                count(needed(share) as u64),
            );
            return finding("too-few-requests", Verdict::Inconclusive, message)
                .hint("raise `time-limit`, or make the model faster");
        }
        let rows = counted(runs.rows as u64, "row");
        let measured = format!(
            "{name} of {} requests of {rows} is {shown} ms on this machine",
            count(requests as u64)
        );
        if value > limit {
            return finding(
                "latency-exceeded",
                Verdict::Fail,
                format!("{measured}, more than {limit_shown} ms"),
            )
            .hint(format!("{} ms or less would have passed", figure(limit)));
        }
        finding(
            "latency-within-limit",
            Verdict::Pass,
            format!("{measured}, at most {limit_shown} ms are allowed"),
        )
    }
}

/// Fewest requests from which a percentile is judged.
fn needed(share: f64) -> usize {
    (BEYOND / (1.0 - share)).round() as usize
}

fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1e9).round() / 1e6
}

/// The smallest time that at least this share of the requests did not exceed (nearest rank); NaN
/// without requests.
fn percentile(seconds: &[f64], share: f64) -> f64 {
    let rank = (share * seconds.len() as f64).ceil() as usize;
    seconds.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

/// The order statistics between which the percentile lies in 95 % of such measurements (binomial,
/// by its normal approximation).
fn interval(seconds: &[f64], share: f64) -> Interval {
    let n = seconds.len() as f64;
    let half = Z * (n * share * (1.0 - share)).sqrt();
    let at = |rank: f64| {
        let index = (rank.max(1.0) as usize).min(seconds.len()).max(1) - 1;
        seconds.get(index).copied().map_or(f64::NAN, milliseconds)
    };
    let (low, high) = (at((share * n - half).floor()), at((share * n + half).ceil() + 1.0));
    Interval { low, high, level: 0.95 }
}

fn figures(runs: &Runs) -> Vec<Figure> {
    let at = |share: f64| milliseconds(percentile(&runs.seconds, share));
    let figure = |name: &str, value: f64| Figure::new(format!("{name} (ms)"), value);
    vec![
        figure("fastest", at(0.0)),
        figure("p50", at(0.5)),
        figure("p90", at(0.9)),
        figure("p95", at(0.95)),
        figure("p99", at(0.99)),
        figure("slowest", at(1.0)),
        figure("load", milliseconds(runs.load)),
    ]
}

impl Gate for Latency {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        match evidence.probes.latency.found(ID, "latency-unmeasured") {
            Err(finding) => vec![*finding],
            Ok(runs) => {
                let judge = |(name, share, bound)| self.judge(runs, name, share, bound);
                self.bounds().into_iter().map(judge).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::probes::Looked;
    use super::super::testing::World;
    use super::*;

    /// 1, 2, … milliseconds.
    fn world(requests: usize) -> World {
        let mut world = World::new();
        let seconds = (1..=requests).map(|i| i as f64 / 1000.0).collect();
        world.probes.latency = Looked::Found(Runs { seconds, rows: 1, load: 0.1 });
        world
    }

    fn gate(p95: u64) -> Latency {
        Latency { p95: Some(Span(Duration::from_micros(p95))), ..Latency::default() }
    }

    #[test]
    fn twins_one_microsecond_apart() {
        let code = |p95| gate(p95).evaluate(&world(100).evidence())[0].code.clone();
        assert_eq!(code(95_000), "latency-within-limit");
        assert_eq!(code(94_999), "latency-exceeded");
        let finding = gate(95_000).evaluate(&world(100).evidence()).remove(0);
        assert_eq!((finding.value, finding.bound), (Some(95.0), Some(95.0)));
        let interval = finding.interval.expect("an interval");
        assert!(interval.low < 95.0 && interval.high > 95.0, "{interval:?}");
    }

    #[test]
    fn what_was_not_measured_never_passes() {
        let finding = gate(95_000).evaluate(&World::new().evidence()).remove(0);
        assert_eq!(
            (finding.verdict, finding.code.as_str()),
            (Verdict::Error, "latency-unmeasured")
        );
        for requests in [0, 1, 99] {
            let finding = gate(95_000_000).evaluate(&world(requests).evidence()).remove(0);
            assert_eq!(
                (finding.verdict, finding.code.as_str()),
                (Verdict::Inconclusive, "too-few-requests")
            );
        }
    }

    #[test]
    fn settings_that_measure_nothing_are_refused() {
        assert!(Latency::default().check("k").is_err());
        assert!(gate(0).check("k").is_err());
        assert!(Latency { requests: Some(99), ..gate(1) }.check("k").is_err());
        assert!(Latency { requests: Some(100), ..gate(1) }.check("k").is_ok());
        let p99 = Latency { p99: Some(Span(Duration::from_secs(1))), ..Latency::default() };
        assert!(
            p99.check("k").is_ok() && Latency { requests: Some(499), ..p99 }.check("k").is_err()
        );
    }
}
