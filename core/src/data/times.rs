//! Columns of times: text and numbers as moments.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::table::{Column, Values};
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

fn since_1970(number: i64) -> Option<Timestamp> {
    match number.unsigned_abs() {
        0..100_000_000_000 => Timestamp::from_second(number),
        100_000_000_000..100_000_000_000_000 => Timestamp::from_millisecond(number),
        100_000_000_000_000..100_000_000_000_000_000 => Timestamp::from_microsecond(number),
        _ => Timestamp::from_nanosecond(number.into()),
    }
    .ok()
}

/// The times of a column; `None` where a value is null. Read the column as categories, so that it
/// comes as it is written. `source` is where it was read, for messages.
///
/// # Errors
/// A value that is no time; times with a zone and times without in one column.
pub fn times(column: &Column, source: &str) -> Result<Vec<Option<Timestamp>>> {
    match &column.values {
        Values::Number(numbers) => numbers
            .iter()
            .map(|x| match x {
                x if x.is_nan() => Ok(None),
                x if x.fract() == 0.0 && x.abs() < 9e18 => Ok(since_1970(*x as i64)),
                x => Err(no_time(column, source, &x.to_string())),
            })
            .collect(),
        Values::Category(categories) => {
            let read = |text: &String| moment(text).ok_or_else(|| no_time(column, source, text));
            let levels: Vec<(Timestamp, bool)> =
                categories.levels.iter().map(read).collect::<Result<_>>()?;
            one_kind(column, source, &categories.levels, &levels)?;
            let at = |code: &u32| levels.get(*code as usize).map(|(time, _)| *time);
            Ok(categories.codes.iter().map(at).collect())
        }
    }
}

fn no_time(column: &Column, source: &str, text: &str) -> Error {
    let short: String = text.chars().take(40).collect();
    let short = short.escape_debug();
    Error::input(format!("{source}: column `{}` holds `{short}`, which is no time", column.name))
        .hint("write 2026-11-01T08:00:00Z, 2026-11-01, or a whole number since 1970")
}

/// Whether a time without a zone is UTC can be assumed only where no other one says its zone.
fn one_kind(
    column: &Column,
    source: &str,
    texts: &[String],
    levels: &[(Timestamp, bool)],
) -> Result<()> {
    let of = |bare: bool| {
        let timed = |text: &&String| text.contains(':');
        texts.iter().zip(levels).filter(|(_, l)| l.1 == bare).map(|(t, _)| t).find(timed)
    };
    match (of(true), of(false)) {
        (Some(bare), Some(zoned)) => Err(Error::input(format!(
            "{source}: column `{}` holds times with a zone (`{}`) and without (`{}`)",
            column.name,
            zoned.escape_debug(),
            bare.escape_debug()
        ))
        .hint("write all of them with their zone; without one they are taken as UTC")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Categories;
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
        assert_eq!((found[0].is_some(), found[1]), (true, None));
    }

    #[test]
    fn zones_are_mixed_only_where_each_is_written() {
        let zoned = [Some("2026-11-01T08:00:00Z"), Some("2026-11-01T08:00:00+02:00")];
        assert!(times(&column(&zoned), "a.csv").is_ok());
        let mixed = [zoned[0], Some("2026-11-01T08:00:00")];
        let error = times(&column(&mixed), "a.csv").unwrap_err();
        assert!(error.to_string().contains("with a zone (`2026-11-01T08:00:00Z`) and without"));
    }
}
