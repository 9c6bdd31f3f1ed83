//! Whether a server asks to be left alone for a while, and for how long.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::retry::Trouble;

/// Wait after an answer that names a limit without a time; what GitHub asks for.
const UNNAMED: Duration = Duration::from_secs(60);

/// What an answer that is no success means for trying again.
pub(in crate::adapters) fn trouble(
    status: u16,
    headers: &HeaderMap,
    said: &str,
    now: Timestamp,
) -> Trouble {
    if let Some(wait) = wait(status, headers, said, now) {
        return Trouble::Turned(wait);
    }
    match status {
        503 => retry_after(headers, now).map_or(Trouble::Unclear, Trouble::Turned),
        // What the server does not know it will not know in a minute.
        501 => Trouble::Final,
        408 | 500..=599 => Trouble::Unclear,
        _ => Trouble::Final,
    }
}

/// How long to wait because of a limit; none when the answer speaks of none. `now` counts where the
/// server does not send its own time.
pub(super) fn wait(
    status: u16,
    headers: &HeaderMap,
    said: &str,
    now: Timestamp,
) -> Option<Duration> {
    if !is_limit(status, headers, said) {
        return None;
    }
    let now = header(headers, "date").and_then(date).unwrap_or(now);
    let asked = retry_after(headers, now).or_else(|| reset(headers, now));
    Some(asked.unwrap_or(if status == 429 { Duration::ZERO } else { UNNAMED }))
}

fn is_limit(status: u16, headers: &HeaderMap, said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    match status {
        429 => true,
        403 => {
            exhausted(headers)
                || headers.contains_key("retry-after")
                || ["rate limit", "abuse detection"].iter().any(|words| said.contains(words))
        }
        _ => false,
    }
}

fn exhausted(headers: &HeaderMap) -> bool {
    header(headers, "x-ratelimit-remaining") == Some("0")
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = header(headers, "retry-after")?.trim();
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => Some(until(date(text)?, now)),
    }
}

fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if !exhausted(headers) {
        return None;
    }
    let seconds = header(headers, "x-ratelimit-reset")?.parse().ok()?;
    // A second more: both clocks tell whole seconds.
    Some(until(Timestamp::from_second(seconds).ok()?, now) + Duration::from_secs(1))
}

fn until(then: Timestamp, now: Timestamp) -> Duration {
    then.duration_since(now).try_into().unwrap_or_default()
}

fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(status: u16, headers: &[(&'static str, &str)], said: &str) -> Option<u64> {
        let headers = headers.iter().map(|(n, v)| ((*n).parse().unwrap(), v.parse().unwrap()));
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        wait(status, &headers.collect(), said, now).map(|d| d.as_secs())
    }

    #[test]
    fn retry_after_is_understood_in_seconds_and_as_a_date() {
        assert_eq!(waits(429, &[("retry-after", "30")], ""), Some(30));
        let date = ("retry-after", "Sun, 22 Nov 2026 08:02:00 GMT");
        assert_eq!(waits(403, &[date], ""), Some(120));
        assert_eq!(waits(429, &[("retry-after", "Sun, 22 Nov 2026 07:00:00 GMT")], ""), Some(0));
        assert_eq!(waits(429, &[("retry-after", "soon")], ""), Some(0));
    }

    #[test]
    fn the_servers_own_time_counts_when_clocks_differ() {
        let headers = [
            ("date", "Sun, 22 Nov 2026 09:00:00 GMT"),
            ("retry-after", "Sun, 22 Nov 2026 09:00:10 GMT"),
        ];
        assert_eq!(waits(429, &headers, ""), Some(10));
    }

    #[test]
    fn a_used_up_quota_waits_for_its_reset() {
        let reset = "2026-11-22T08:00:40Z".parse::<Timestamp>().unwrap().as_second().to_string();
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(waits(403, &headers, "API rate limit exceeded"), Some(41));
        assert_eq!(waits(200, &headers, ""), None);
    }

    #[test]
    fn a_secondary_limit_without_a_time_waits_a_minute() {
        assert_eq!(waits(403, &[], "You have exceeded a secondary rate limit."), Some(60));
    }

    #[test]
    fn what_a_server_does_not_know_is_final() {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let headers = HeaderMap::new();
        assert_eq!(trouble(501, &headers, "", now), Trouble::Final);
        assert_eq!(trouble(500, &headers, "", now), Trouble::Unclear);
    }

    #[test]
    fn a_missing_permission_is_no_limit() {
        let headers = [("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "1")];
        assert_eq!(waits(403, &headers, "Resource not accessible by integration"), None);
        assert_eq!(waits(500, &[("retry-after", "3")], ""), None);
    }
}
