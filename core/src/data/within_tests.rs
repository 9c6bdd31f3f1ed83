use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, Date32Array, Date64Array, Float64Array, Int32Array, Int64Array,
    PrimitiveArray, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use proptest::prelude::*;

use super::super::parquet;
use super::super::read::{ReadOptions, read};
use super::super::table::{Table, Values};
use super::super::times::times;
use super::*;

/// Rows of a row group.
const GROUP: usize = 40;
/// 2026-11-01T00:00:00Z.
const BEGIN: i64 = 1_793_491_200;

/// How a file writes its times.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Nano,
    Micro,
    Milli,
    Second,
    Day,
    DayInMillis,
    Whole,
    WholeMillis,
    Narrow,
    Unsigned,
    UnsignedWide,
    Text,
}

const KINDS: [Kind; 12] = [
    Kind::Nano,
    Kind::Micro,
    Kind::Milli,
    Kind::Second,
    Kind::Day,
    Kind::DayInMillis,
    Kind::Whole,
    Kind::WholeMillis,
    Kind::Narrow,
    Kind::Unsigned,
    Kind::UnsignedWide,
    Kind::Text,
];

impl Kind {
    /// Seconds since 1970 as it writes them, with a zone where it can.
    fn array(self, seconds: &[Option<i64>], zone: bool) -> ArrayRef {
        let each = || seconds.iter().copied();
        let narrow = |s: i64| i32::try_from(s).expect("fits");
        match self {
            Self::Nano => stamps::<TimestampNanosecondType>(seconds, 1_000_000_000, zone),
            Self::Micro => stamps::<TimestampMicrosecondType>(seconds, 1_000_000, zone),
            Self::Milli => stamps::<TimestampMillisecondType>(seconds, 1000, zone),
            Self::Second => stamps::<TimestampSecondType>(seconds, 1, zone),
            Self::Day => {
                Arc::new(each().map(|s| s.map(|s| narrow(s / 86_400))).collect::<Date32Array>())
            }
            Self::DayInMillis => Arc::new(
                each().map(|s| s.map(|s| s / 86_400 * 86_400_000)).collect::<Date64Array>(),
            ),
            Self::Whole => Arc::new(each().collect::<Int64Array>()),
            Self::WholeMillis => {
                Arc::new(each().map(|s| s.map(|s| s * 1000)).collect::<Int64Array>())
            }
            Self::Narrow => Arc::new(each().map(|s| s.map(narrow)).collect::<Int32Array>()),
            Self::Unsigned => {
                Arc::new(each().map(|s| s.map(|s| narrow(s) as u32)).collect::<UInt32Array>())
            }
            Self::UnsignedWide => {
                Arc::new(each().map(|s| s.map(|s| s as u64 * 1000)).collect::<UInt64Array>())
            }
            Self::Text => {
                let text = |s: i64| Timestamp::from_second(s).expect("a time").to_string();
                Arc::new(each().map(|s| s.map(text)).collect::<StringArray>())
            }
        }
    }
}

fn stamps<T>(seconds: &[Option<i64>], unit: i64, zone: bool) -> ArrayRef
where
    T: ArrowPrimitiveType<Native = i64> + arrow_array::types::ArrowTimestampType,
{
    let values = seconds.iter().map(|s| s.map(|s| s * unit));
    let array: PrimitiveArray<T> = values.collect();
    Arc::new(array.with_timezone_opt(zone.then_some("+02:00")))
}

struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// A file with a column of times and one of the numbers of the rows.
fn file(times: ArrayRef, statistics: EnabledStatistics) -> File {
    let rows: Float64Array = (0..times.len()).map(|row| Some(row as f64)).collect();
    let columns = [("t", times), ("x", Arc::new(rows) as ArrayRef)];
    let columns = columns.map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("batch");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(GROUP))
        .set_statistics_enabled(statistics)
        .set_dictionary_enabled(false)
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("writer");
    writer.write(&batch).expect("write");
    writer.close().expect("close");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, bytes).expect("write");
    File { path, _folder: folder }
}

fn options(within: Option<Within>) -> ReadOptions {
    ReadOptions { categories: vec!["t".to_owned()], within, ..ReadOptions::default() }
}

fn table(file: &File, within: Option<&Within>) -> Table {
    read(std::slice::from_ref(&file.path), &options(within.cloned())).expect("reads")
}

fn from_to(since: Option<i64>, until: Option<i64>) -> Within {
    let at = |s: i64| Timestamp::from_second(s).expect("a time");
    Within { column: "t".to_owned(), since: since.map(at), until: until.map(at) }
}

/// The rows inside, and how many are outside and without a time, read or not.
fn chosen(table: &Table, within: &Within) -> (Vec<u64>, LeftOut) {
    let mut left_out = table.left_out;
    let found = times(table.require("t").expect("column"), "a").expect("times").of_rows;
    let Values::Number(rows) = &table.require("x").expect("column").values else {
        panic!("numbers")
    };
    let mut inside = Vec::new();
    for (time, row) in found.iter().zip(rows) {
        match time {
            None => left_out.without += 1,
            Some(time) if within.holds(*time) => inside.push(*row as u64),
            Some(_) => left_out.outside += 1,
        }
    }
    (inside, left_out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is not read is what would have been left out, however times are written.
    #[test]
    fn it_is_the_same_with_every_row_read(
        seconds in proptest::collection::vec(
            proptest::option::weighted(0.9, -3_000_000..3_000_000_i64), 0..200),
        sorted: bool,
        zone: bool,
        kind in 0..KINDS.len(),
        level in 0..3_usize,
        since in proptest::option::of(-3_500_000..3_500_000_i64),
        until in proptest::option::of(-3_500_000..3_500_000_i64),
    ) {
        let mut seconds: Vec<Option<i64>> =
            seconds.into_iter().map(|s| s.map(|s| BEGIN + s)).collect();
        if sorted {
            seconds.sort_unstable();
        }
        let levels =
            [EnabledStatistics::None, EnabledStatistics::Chunk, EnabledStatistics::Page];
        let file = file(KINDS[kind].array(&seconds, zone), levels[level]);
        let within = from_to(since.map(|s| BEGIN + s), until.map(|s| BEGIN + s));
        let (all, some) = (table(&file, None), table(&file, Some(&within)));
        prop_assert_eq!(chosen(&some, &within), chosen(&all, &within));
        let unread = some.left_out.outside + some.left_out.without;
        prop_assert_eq!(some.rows as u64 + unread, seconds.len() as u64);
        if levels[level] == EnabledStatistics::None || KINDS[kind] == Kind::Text {
            prop_assert_eq!(unread, 0);
        }
    }
}

/// Ten groups of an hour each, a row every 90 seconds.
fn hours() -> Vec<Option<i64>> {
    (0..10 * GROUP as i64).map(|row| Some(BEGIN + row * 90)).collect()
}

#[test]
fn every_kind_of_time_leaves_groups_out() {
    let within = from_to(Some(BEGIN + 4 * 3600), Some(BEGIN + 6 * 3600));
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Text) {
        let days = matches!(kind, Kind::Day | Kind::DayInMillis);
        let scale = if days { 24 } else { 1 };
        let seconds: Vec<Option<i64>> =
            hours().into_iter().map(|s| s.map(|s| BEGIN + (s - BEGIN) * scale)).collect();
        let within = match days {
            true => from_to(Some(BEGIN + 4 * 86_400), Some(BEGIN + 6 * 86_400)),
            false => within.clone(),
        };
        let file = file(kind.array(&seconds, false), EnabledStatistics::Chunk);
        let found = table(&file, Some(&within));
        assert_eq!((found.rows, found.left_out.outside), (2 * GROUP, 8 * GROUP as u64), "{kind:?}");
    }
}

#[test]
fn groups_without_a_time_and_units_that_change_are_told_apart() {
    // Seconds and milliseconds in one group: the order of the numbers is not that of the times.
    let mixed = |row: usize| if row.is_multiple_of(2) { BEGIN * 1000 } else { BEGIN + row as i64 };
    let mixed: Int64Array = (0..GROUP).map(|row| Some(mixed(row))).collect();
    let mixed = file(Arc::new(mixed), EnabledStatistics::Chunk);
    let found = table(&mixed, Some(&from_to(Some(BEGIN + 1), None)));
    assert_eq!((found.rows, found.left_out), (GROUP, LeftOut::default()));
    let mut times = hours();
    times[..2 * GROUP].fill(None);
    times[9 * GROUP] = None;
    let file = file(Kind::Nano.array(&times, true), EnabledStatistics::Chunk);
    let within = from_to(None, Some(BEGIN + 3 * 3600));
    let found = table(&file, Some(&within));
    // Of a group without any time the writer says nothing.
    let left_out = LeftOut { outside: 7 * GROUP as u64 - 1, without: 1 };
    assert_eq!((found.rows, found.left_out), (3 * GROUP, left_out));
    let (inside, left_out) = chosen(&found, &within);
    assert_eq!((inside.len(), left_out.without), (GROUP, 2 * GROUP as u64 + 1));
}

/// Bytes of groups outside are never looked at: they may be anything.
#[test]
fn damage_in_groups_outside_does_no_harm() {
    let file = file(Kind::Micro.array(&hours(), true), EnabledStatistics::Chunk);
    let metadata = parquet::metadata(&file.path).expect("metadata");
    let mut bytes = std::fs::read(&file.path).expect("reads");
    for group in (0..10).filter(|group| ![4, 5].contains(group)) {
        for column in metadata.metadata().row_group(group).columns() {
            let (from, length) = column.byte_range();
            bytes[from as usize..(from + length) as usize].fill(0xff);
        }
    }
    std::fs::write(&file.path, bytes).expect("writes");
    assert!(read(std::slice::from_ref(&file.path), &options(None)).is_err());
    let found = table(&file, Some(&from_to(Some(BEGIN + 4 * 3600), Some(BEGIN + 6 * 3600))));
    assert_eq!((found.rows, found.left_out.outside), (2 * GROUP, 8 * GROUP as u64));
    let none = table(&file, Some(&from_to(Some(BEGIN + 900_000), None)));
    assert_eq!((none.rows, none.left_out.outside), (0, 10 * GROUP as u64));
    let names: Vec<&str> = none.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["t", "x"], "columns are there without rows");
}

/// Bytes that this thread has read so far.
#[cfg(target_os = "linux")]
fn bytes_read() -> u64 {
    let io = std::fs::read_to_string("/proc/thread-self/io").expect("counts");
    let rchar = io.lines().find_map(|line| line.strip_prefix("rchar: ")).expect("a count");
    rchar.parse().expect("a number")
}

#[test]
#[cfg(target_os = "linux")]
fn no_more_bytes_are_read_than_the_groups_inside_hold() {
    let seconds: Vec<Option<i64>> =
        (0..40_000_i64).map(|row| Some(BEGIN + row * 977 % 1000 + row / 40 * 1000)).collect();
    let file = file(Kind::Micro.array(&seconds, true), EnabledStatistics::Chunk);
    let metadata = parquet::metadata(&file.path).expect("metadata");
    let size = std::fs::metadata(&file.path).expect("size").len();
    let groups: u64 = (0..1000)
        .flat_map(|at| metadata.metadata().row_group(at).columns())
        .map(|column| column.byte_range().1)
        .sum();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let cost = |within: Option<Within>| {
        pool.install(|| {
            let before = bytes_read();
            table(&file, within.as_ref());
            bytes_read() - before
        })
    };
    let (all, tenth) = (cost(None), cost(Some(from_to(None, Some(BEGIN + 100_000)))));
    assert!(all >= size, "{all} of {size}");
    // What the file says of itself is read in any case.
    let saved = all - tenth;
    assert!(saved as f64 > 0.85 * groups as f64, "{saved} of {groups}");
}
