//! Rows of a span of time: row groups of Parquet that lie outside of it are not read, where the
//! statistics of the column of times say so.

use arrow_array::{Array, UInt64Array};
use arrow_schema::DataType;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::basic::Type;
use parquet::file::metadata::RowGroupMetaData;

use super::arrays::texts;
use super::times::{moment, same_unit};

/// A span of time that rows are wanted of. Others may be read, too: whoever asks looks at each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// Column with the time of each row.
    pub column: String,
    /// Its beginning; none: since ever.
    pub since: Option<Timestamp>,
    /// Its end, which is no part of it; none: for ever.
    pub until: Option<Timestamp>,
}

impl Within {
    /// Whether the moment is part of it.
    pub fn holds(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// Rows that were not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Those whose time lies outside.
    pub outside: u64,
    /// Those without a time.
    pub without: u64,
}

impl std::ops::AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.outside += other.outside;
        self.without += other.without;
    }
}

/// The row groups of a file that may hold a row of the span, and how many rows the others have.
///
/// Statistics are believed, as every reader of Parquet does. A group is read where they are missing
/// or of a kind that old writers got wrong, where they do not count the nulls, and where the order
/// of the values is not that of the times: text, decimals, fractions, INT96, and whole numbers that
/// are seconds at one end and milliseconds at the other. Bounds that are rounded outwards are bounds.
pub(super) fn groups(metadata: &ArrowReaderMetadata, within: &Within) -> (Vec<usize>, LeftOut) {
    let all = metadata.metadata().row_groups();
    let Some(told) = Told::of(metadata, &within.column) else {
        return ((0..all.len()).collect(), LeftOut::default());
    };
    let mut left_out = LeftOut::default();
    let wanted = |(at, group): (usize, &RowGroupMetaData)| match told.outside(at, group, within) {
        None => Some(at),
        Some(rows) => {
            left_out += rows;
            None
        }
    };
    let kept = all.iter().enumerate().filter_map(wanted).collect();
    (kept, left_out)
}

/// What the row groups say of the times in them.
struct Told {
    first: Vec<Option<String>>,
    last: Vec<Option<String>>,
    nulls: UInt64Array,
    /// Whether the numbers of the column are moments; else they are whole numbers since 1970.
    calendar: bool,
    /// Place of the column among those of the file.
    at: usize,
}

impl Told {
    fn of(metadata: &ArrowReaderMetadata, column: &str) -> Option<Self> {
        let kind = metadata.schema().field_with_name(column).ok()?.data_type();
        let calendar = match kind {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => true,
            kind if kind.is_integer() => false,
            _ => return None,
        };
        let parquet = metadata.parquet_schema();
        let asked = StatisticsConverter::try_new(column, metadata.schema(), parquet).ok()?;
        let asked = asked.with_missing_null_counts_as_zero(false);
        let at = asked.parquet_column_index()?;
        if parquet.column(at).physical_type() == Type::INT96 {
            return None;
        }
        let groups = || metadata.metadata().row_groups().iter();
        Some(Self {
            first: in_words(asked.row_group_mins(groups()).ok()?.as_ref())?,
            last: in_words(asked.row_group_maxes(groups()).ok()?.as_ref())?,
            nulls: asked.row_group_null_counts(groups()).ok()?,
            calendar,
            at,
        })
    }

    /// The rows of a group all of which are outside, or without a time.
    fn outside(&self, at: usize, group: &RowGroupMetaData, within: &Within) -> Option<LeftOut> {
        let rows = u64::try_from(group.num_rows()).ok()?;
        if group.column(self.at).statistics()?.is_min_max_deprecated() || self.nulls.is_null(at) {
            return None;
        }
        let without = self.nulls.value(at);
        let outside = rows.checked_sub(without)?;
        if outside > 0 {
            let (first, last) = self.span(at)?;
            let before = within.since.is_some_and(|since| last < since);
            let after = within.until.is_some_and(|until| first >= until);
            (first <= last && (before || after)).then_some(())?;
        }
        Some(LeftOut { outside, without })
    }

    /// The first and the last time, read as each value of the column is.
    fn span(&self, at: usize) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.first.get(at)?.as_ref()?, self.last.get(at)?.as_ref()?);
        match (first.parse::<i64>(), last.parse::<i64>()) {
            (Err(_), Err(_)) if self.calendar => {}
            (Ok(first), Ok(last)) if !self.calendar && same_unit(first, last) => {}
            // Beyond the calendar, or of several units.
            _ => return None,
        }
        Some((moment(first)?.0, moment(last)?.0))
    }
}

fn in_words(array: &dyn Array) -> Option<Vec<Option<String>>> {
    let mut words = Vec::with_capacity(array.len());
    texts(array, &mut |text| words.push(text.map(str::to_owned))).ok()?;
    Some(words)
}

#[cfg(test)]
#[path = "within_tests.rs"]
mod tests;
