//! Which rows belong to a window, by a column of times.

use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::valid::MonitorConfig;
use crate::data::times::{Bare, moment, times};
use crate::data::{Columns, Table, Within};
use crate::domain::error::{Error, Result};
use crate::domain::event::Monitored;
use crate::domain::window::Span;
use crate::steps::compare::{Only, Side};

/// An end of a window, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Where the window before ended.
    LastRun,
    /// So long ago.
    Ago(Duration),
    /// This moment.
    At(Timestamp),
}

impl FromStr for Moment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "last-run" {
            return Ok(Self::LastRun);
        }
        if let Some((time, _)) = moment(text).filter(|_| text.parse::<i64>().is_err()) {
            return Ok(Self::At(time));
        }
        humantime::parse_duration(text).map(Self::Ago).map_err(|_| {
            Error::usage(format!("`{}` is no moment", text.escape_debug()))
                .hint("write last-run, 7d, 2026-11-01 or 2026-11-01T08:00:00Z")
        })
    }
}

/// The rows of a window, their times, and what was left out.
pub(super) struct Selected {
    pub(super) data: Box<dyn Columns>,
    /// The time of each row; empty where no column of times is configured.
    pub(super) times: Vec<Option<Timestamp>>,
    pub(super) span: Option<Span>,
    /// Of a window that has an end: which rows of those that were read these are.
    pub(super) only: Option<Only>,
    /// Times that say no zone, beside others that do.
    pub(super) bare: Option<Bare>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) since: Option<Moment>,
    pub(super) until: Option<Moment>,
}

/// The window that is asked for, as moments. `before` is what was monitored of the version.
///
/// # Errors
/// No column of times is configured; the window ends before it begins.
pub(super) fn resolve(
    asked: Asked,
    config: &MonitorConfig,
    before: &[&Monitored],
    now: Timestamp,
) -> Result<Option<Span>> {
    let Some(column) = &config.time else {
        return match asked.since.or(asked.until) {
            None => Ok(None),
            Some(_) => Err(Error::usage("--since and --until need the time of each row")
                .hint("name the column in `monitor.time` of outerloop.yaml")),
        };
    };
    let at = |asked: Moment| match asked {
        Moment::LastRun => last_end(column, before),
        Moment::Ago(long) => {
            SignedDuration::try_from(long).ok().and_then(|d| now.checked_sub(d).ok())
        }
        Moment::At(time) => Some(time),
    };
    let (since, until) = (asked.since.and_then(at), asked.until.and_then(at));
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(Error::usage(format!("the window ends ({until}) before it begins ({since})"))
            .hint("check --since and --until"));
    }
    Ok(Some(Span { column: column.clone(), since, until, newest: None, outside: 0, without: 0 }))
}

/// Where the newest window by this column ended: just after its last row, or where it was to end.
fn last_end(column: &str, before: &[&Monitored]) -> Option<Timestamp> {
    let spans = before.iter().rev().filter_map(|m| m.span.as_ref());
    let end = |span: &Span| {
        let after = span.newest.and_then(|t| t.checked_add(SignedDuration::from_nanos(1)).ok());
        span.until.max(after)
    };
    spans.filter(|span| span.column == column).filter_map(end).max()
}

/// The span of a window that has an end; rows outside of it need not be read.
pub(super) fn within(span: &Span) -> Option<Within> {
    let Span { column, since, until, .. } = span;
    let bounded = since.is_some() || until.is_some();
    bounded.then(|| Within { column: column.clone(), since: *since, until: *until })
}

/// The rows of the window; none at all where nothing came. With an end asked for, rows without a
/// time are left out and counted, as are those that were not read at all.
///
/// # Errors
/// There is no such column, or it holds something else than times; data that cannot be read.
pub(super) fn select(side: Option<Side>, span: Option<Span>) -> Result<Selected> {
    let without = |data: Box<dyn Columns>, span, only| {
        let times = Vec::new();
        Ok(Selected { data, times, span, only, bare: None })
    };
    let Some(side) = side else { return without(Box::<Table>::default(), span, None) };
    let Some(mut span) = span else { return without(Box::new(side), None, None) };
    let left_out = side.left_out()?;
    (span.outside, span.without) = (left_out.outside, left_out.without);
    let within = within(&span);
    if side.rows() == 0 {
        let only = within.map(|within| Only { within, places: Vec::new() });
        return without(Box::new(side), Some(span), only);
    }
    let found = times(&*Columns::require(&side, &span.column)?, &Columns::source(&side))?;
    let (all, bare) = (found.of_rows, found.bare);
    let inside = |time: &Option<Timestamp>| match (&within, time) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(within), Some(time)) => within.holds(*time),
    };
    let kept: Vec<usize> =
        all.iter().enumerate().filter(|(_, t)| inside(t)).map(|(i, _)| i).collect();
    let without = all.iter().filter(|t| t.is_none()).count() as u64;
    span.without += without;
    let left_out = (all.len() - kept.len()) as u64;
    span.outside += if within.is_some() { left_out - without } else { left_out };
    span.newest = kept.iter().filter_map(|i| all[*i]).max();
    let side = if kept.len() == all.len() { side } else { side.chosen(kept.clone()) };
    let times = kept.iter().map(|i| all[*i]).collect();
    let only = within.map(|within| Only { within, places: kept });
    Ok(Selected { data: Box::new(side), times, span: Some(span), only, bare })
}

/// What was left out and what was assumed, in words.
pub(super) fn notes(selected: &Selected) -> Vec<String> {
    let Some(span) = &selected.span else { return Vec::new() };
    let end = |t: Option<Timestamp>, open: &str| t.map_or(open.to_owned(), |t| t.to_string());
    let mut notes = Vec::new();
    if span.since.is_some() || span.until.is_some() {
        let (since, until) = (end(span.since, "the beginning"), end(span.until, "now"));
        let outside = span.outside;
        notes.push(format!("from {since} until {until}: {outside} rows are outside"));
    }
    if span.without > 0 {
        notes.push(format!("{} rows have no time in `{}`", span.without, span.column));
    }
    if let Some(Bare { rows, first, text }) = &selected.bare {
        let (column, text) = (&span.column, text.escape_debug());
        notes.push(format!(
            "{rows} times in `{column}` say no zone beside others that do, and count as UTC: the first is `{text}` in row {first}"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        let day = |text: &str| Moment::At(text.parse().unwrap());
        for (text, moment) in [
            ("last-run", Moment::LastRun),
            ("7d", Moment::Ago(Duration::from_secs(7 * 86_400))),
            ("2026-11-01", day("2026-11-01T00:00:00Z")),
            ("2026-11-01T08:00:00+01:00", day("2026-11-01T07:00:00Z")),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap(), moment, "{text}");
        }
        let error = "tomorrow".parse::<Moment>().unwrap_err();
        assert!(error.hint_text().unwrap().contains("last-run"));
    }
}
