//! Columns of times: text and numbers as moments.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::table::{Categories, Column, Values};
use crate::domain::error::{Error, Result};

/// A moment as people and files write it: with a zone (`2026-11-01T08:00:00+01:00`), without one
/// (`2026-11-01 08:00`, `2026-11-01`), which is UTC, or as a whole number since 1970 in seconds,
/// milliseconds, microseconds or nanoseconds, told by its size. The second part says whether a
/// time of the day was written without a zone.
pub fn moment(text: &str) -> Option<(Timestamp, bool)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return since_1970(number).map(|t| (t, false));
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some((stamp, false));
    }
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    if !text.contains([':', 'T', ' ']) {
        let day: Date = text.parse().ok()?;
        return utc(day.at(0, 0, 0, 0)).map(|t| (t, false));
    }
    let time: DateTime = text.parse().ok()?;
    utc(time).map(|t| (t, true))
}

/// What a whole number since 1970 counts, by its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    fn of(number: i64) -> Self {
        match number.unsigned_abs() {
            0..100_000_000_000 => Self::Second,
            100_000_000_000..100_000_000_000_000 => Self::Millisecond,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Microsecond,
            _ => Self::Nanosecond,
        }
    }
}

fn since_1970(number: i64) -> Option<Timestamp> {
    match Unit::of(number) {
        Unit::Second => Timestamp::from_second(number),
        Unit::Millisecond => Timestamp::from_millisecond(number),
        Unit::Microsecond => Timestamp::from_microsecond(number),
        Unit::Nanosecond => Timestamp::from_nanosecond(number.into()),
    }
    .ok()
}

/// Whether all whole numbers from `first` to `last` count the same unit: their order is that of the
/// times then.
pub(super) fn same_unit(first: i64, last: i64) -> bool {
    let unit = Unit::of(first);
    let one_side = (first < 0) == (last < 0);
    unit == Unit::of(last) && (one_side || unit == Unit::Second)
}

/// The times of a column.
#[derive(Debug, PartialEq, Eq)]
pub struct Times {
    /// Of each row; `None` where it is null.
    pub of_rows: Vec<Option<Timestamp>>,
    /// What was taken as UTC beside times that say their zone.
    pub bare: Option<Bare>,
}

/// Times of the day without a zone in a column in which others have one. They count as UTC, which
/// may be a shift by hours: whoever reads the column says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// How many rows have one.
    pub rows: u64,
    /// The first such row; rows count from 1.
    pub first: usize,
    /// The time in it, as it is written.
    pub text: String,
}

impl Times {
    fn of(rows: impl Iterator<Item = Option<Timestamp>>) -> Self {
        Self { of_rows: rows.collect(), bare: None }
    }
}

/// The times of a column. Read the column as categories, so that it comes as it is written. `source`
/// is where it was read, for messages.
///
/// # Errors
/// A value that is no time.
pub fn times(column: &Column, source: &str) -> Result<Times> {
    match &column.values {
        Values::Number(numbers) => {
            let read = |x: &f64| match *x {
                x if x.is_nan() => Ok(None),
                x if x.fract() == 0.0 && x.abs() < 9e18 => Ok(since_1970(x as i64)),
                x => Err(no_time(column, source, &x.to_string())),
            };
            let found: Vec<Option<Timestamp>> = numbers.iter().map(read).collect::<Result<_>>()?;
            Ok(Times::of(found.into_iter()))
        }
        Values::Category(categories) => {
            let read = |text: &String| moment(text).ok_or_else(|| no_time(column, source, text));
            let levels: Vec<(Timestamp, bool)> =
                categories.levels.iter().map(read).collect::<Result<_>>()?;
            let at = |code: &u32| levels.get(*code as usize).map(|(time, _)| *time);
            let found = Times::of(categories.codes.iter().map(at));
            Ok(Times { bare: bare(categories, &levels), ..found })
        }
    }
}

fn no_time(column: &Column, source: &str, text: &str) -> Error {
    let short: String = text.chars().take(40).collect();
    let short = short.escape_debug();
    Error::input(format!("{source}: column `{}` holds `{short}`, which is no time", column.name))
        .hint("write 2026-11-01T08:00:00Z, 2026-11-01, or a whole number since 1970")
}

/// The times without a zone, where others have one.
fn bare(categories: &Categories, levels: &[(Timestamp, bool)]) -> Option<Bare> {
    let zoned = |(text, level): (&String, &(Timestamp, bool))| !level.1 && text.contains(':');
    if !categories.levels.iter().zip(levels).any(zoned) {
        return None;
    }
    let is_bare = |(_, code): &(usize, &u32)| levels.get(**code as usize).is_some_and(|l| l.1);
    let mut rows = categories.codes.iter().enumerate().filter(is_bare);
    let (first, code) = rows.next()?;
    let text = categories.levels.get(*code as usize)?.clone();
    Some(Bare { rows: 1 + rows.count() as u64, first: first + 1, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[Option<&str>]) -> Column {
        let values = Values::Category(Categories::of(texts.iter().copied()));
        Column { name: "t".to_owned(), values }
    }

    fn at(text: &str) -> Option<Timestamp> {
        moment(text).map(|(time, _)| time)
    }

    #[test]
    fn every_way_of_writing_one_moment() {
        let same: Timestamp = "2026-11-01T08:00:00Z".parse().unwrap();
        for text in [
            "2026-11-01T09:00:00+01:00",
            "2026-11-01 08:00:00Z",
            "2026-11-01T08:00:00",
            "2026-11-01 08:00",
            "1793520000",
            "1793520000000",
            "1793520000000000",
            "1793520000000000000",
        ] {
            assert_eq!(at(text), Some(same), "{text}");
        }
        assert_eq!(at("2026-11-01"), "2026-11-01T00:00:00Z".parse().ok());
        for text in ["", "yesterday", "2026-13-01", "11/01/2026", "2026-11-01T25:00:00Z"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_named_with_its_column_and_file() {
        let error = times(&column(&[Some("2026-11-01"), Some("soon")]), "a.csv").unwrap_err();
        assert_eq!(error.to_string(), "a.csv: column `t` holds `soon`, which is no time");
        let found = times(&column(&[Some("2026-11-01"), None]), "a.csv").unwrap();
        assert_eq!((found.of_rows[0].is_some(), found.of_rows[1]), (true, None));
    }

    #[test]
    fn offsets_are_moments_and_what_has_none_beside_them_is_told() {
        let read = |texts: &[Option<&str>]| times(&column(texts), "a.csv").unwrap();
        let zoned = [Some("2026-11-01T08:00:00Z"), Some("2026-11-01T10:00:00+02:00"), None];
        let found = read(&zoned);
        assert_eq!(
            (found.of_rows[0], found.of_rows[2], found.bare),
            (found.of_rows[1], None, None)
        );
        let bare = [Some("2026-11-01T08:00:00"), Some("2026-11-01")];
        assert_eq!(read(&bare).bare, None, "all of them are UTC");
        let mixed = read(&[zoned[1], zoned[2], bare[0], bare[1], bare[0]]);
        assert_eq!(mixed.of_rows[2], found.of_rows[0], "no shift but that to UTC");
        let text = bare[0].map(str::to_owned).unwrap();
        assert_eq!(mixed.bare, Some(Bare { rows: 2, first: 3, text }));
    }

    #[test]
    fn whole_numbers_of_one_unit_are_in_the_order_of_the_times() {
        let (second, milli) = (1_793_520_000, 1_793_520_000_000);
        for (first, last, same) in [
            (second, second + 9, true),
            (-second, second, true),
            (second, milli, false),
            (milli, milli + 1, true),
            (-milli, milli, false),
            (-milli, -milli + 1, true),
        ] {
            assert_eq!(same_unit(first, last), same, "{first} to {last}");
        }
    }
}
