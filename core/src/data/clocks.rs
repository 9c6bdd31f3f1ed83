//! Which columns hold times: those that a file declares to, and text of which every value that is
//! looked at is one. A time moves on, which is no drift: nothing is compared with it by default.

use arrow_schema::{DataType, Schema};

use super::read::ReadOptions;
use super::times::moment;
use crate::domain::profile::{ColumnRole, ColumnValues, Profile};

/// Distinct values of a column of text that are looked at.
const LOOKED_AT: usize = 100;

/// Whether text holds times: dates of ISO 8601, with a time of the day or without. The first hundred
/// are looked at, up to the first that is none.
pub fn are_times<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let mut looked_at = texts.into_iter().take(LOOKED_AT).peekable();
    looked_at.peek().is_some() && looked_at.all(is_time)
}

/// A whole number is none: as text it is rather a code.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.parse::<i64>().is_err()
        && moment(text).is_some()
}

/// The columns that a schema declares to be of dates or times, and that are read as numbers.
pub(super) fn declared(schema: &Schema, options: &ReadOptions) -> Vec<String> {
    let read = |name: &str| options.wants(name) && !options.as_category(name);
    let fields = schema.fields().iter().filter(|f| is_moment(f.data_type()) && read(f.name()));
    fields.map(|field| field.name().clone()).collect()
}

fn is_moment(kind: &DataType) -> bool {
    match kind {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => true,
        DataType::Dictionary(_, inner) => is_moment(inner),
        _ => false,
    }
}

/// The profile without the columns of times, and the names of these. What `declared` names is one
/// where it is profiled as numbers; what `kept` names stays, and so do predictions and labels.
pub(crate) fn leave_out(
    mut profile: Profile,
    declared: &[String],
    kept: &dyn Fn(&str) -> bool,
) -> (Profile, Vec<String>) {
    let mut times = Vec::new();
    for column in &profile.columns {
        let is_of_times = match &column.values {
            ColumnValues::Number(_) => declared.contains(&column.name),
            ColumnValues::Category(c) => are_times(c.levels.iter().map(|level| &*level.name)),
        };
        if is_of_times && column.role == ColumnRole::Feature && !kept(&column.name) {
            times.push(column.name.clone());
        }
    }
    let segments = profile.segments.iter_mut().flat_map(|s| &mut s.segments);
    for columns in segments.map(|s| &mut s.columns).chain([&mut profile.columns]) {
        columns.retain(|column| !times.contains(&column.name));
    }
    (profile, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_of_iso_8601_are_times_and_codes_are_not() {
        for text in [
            "2026-11-01",
            "2026-11-01T08:00",
            "2026-11-01 08:00:00.123",
            "2026-11-01T08:00:00Z",
            " 2026-11-01 08:00:00+01:00",
        ] {
            assert!(are_times([text]), "{text}");
        }
        for text in ["", "20261101", "1793520000", "2026", "08:00", "2026-11", "1.2.3", "soon"] {
            assert!(!are_times([text]), "{text}");
        }
        assert!(!are_times([]), "nothing is no time");
        assert!(!are_times(["2026-11-01", "soon"]), "every value is one");
    }

    #[test]
    fn no_more_than_a_sample_is_looked_at() {
        let days = std::iter::repeat_n("2026-11-01", LOOKED_AT);
        assert!(are_times(days.clone().chain(["soon"])));
        assert!(!are_times(days.take(LOOKED_AT - 1).chain(["soon"])));
    }
}
