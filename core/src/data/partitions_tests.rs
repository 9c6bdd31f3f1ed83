use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_ipc::writer::FileWriter;

use super::super::read::{digest, read};
use super::super::stream::{self, Gather};
use super::super::table::Table;
use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, bytes).expect("writes");
        }
        Self(folder)
    }

    fn at(&self, name: &str) -> [PathBuf; 1] {
        [self.0.path().join(name)]
    }
}

fn batch(x: &[f64]) -> RecordBatch {
    let array: ArrayRef = Arc::new(Float64Array::from(x.to_vec()));
    RecordBatch::try_from_iter([("x", array)]).expect("a batch")
}

fn parquet(x: &[f64]) -> Vec<u8> {
    let batch = batch(x);
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("writes");
    writer.into_inner().expect("closes")
}

fn arrow(x: &[f64]) -> Vec<u8> {
    let batch = batch(x);
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
    writer.write(&batch).expect("writes");
    writer.into_inner().expect("closes")
}

fn csv(x: &[f64]) -> Vec<u8> {
    format!("x\n{}", x.iter().map(|x| format!("{x}\n")).collect::<String>()).into_bytes()
}

fn jsonl(x: &[f64]) -> Vec<u8> {
    x.iter().map(|x| format!("{{\"x\":{x}}}\n")).collect::<String>().into_bytes()
}

/// The rows of a table as text, a line a row.
fn lines(table: &Table) -> Vec<String> {
    let cell = |values: &Values, row: usize| match values {
        Values::Number(v) => v[row].to_string(),
        Values::Category(c) => c.get(row).unwrap_or("null").to_owned(),
    };
    let line = |row| {
        let cells = table.columns.iter().map(|c| format!("{}={}", c.name, cell(&c.values, row)));
        cells.collect::<Vec<_>>().join(" ")
    };
    (0..table.rows).map(line).collect()
}

/// Keeps what passes, each number with its group.
struct Pairs;

impl Gather for Pairs {
    type State = Vec<(String, Option<String>)>;

    fn begin(&self, _: &str) -> Self::State {
        Vec::new()
    }

    fn add(&self, state: &mut Self::State, values: &Values, by: Option<&Categories>) {
        let cells: Vec<String> = match values {
            Values::Number(v) => v.iter().map(f64::to_string).collect(),
            Values::Category(c) => {
                (0..c.codes.len()).map(|row| c.get(row).unwrap_or("null").to_owned()).collect()
            }
        };
        let group = |row| by.and_then(|by| by.get(row)).map(str::to_owned);
        state.extend(cells.into_iter().enumerate().map(|(row, cell)| (cell, group(row))));
    }
}

/// The same three rows in the folders of two months, written by `file`.
fn months(name: &str, file: fn(&[f64]) -> Vec<u8>) -> Folder {
    Folder::new(&[
        (&format!("d/year=2026/month=07/{name}"), file(&[1.0, 2.0])),
        (&format!("d/year=2026/month=__HIVE_DEFAULT_PARTITION__/{name}"), file(&[3.0])),
        ("d/_temporary/x=1/a.csv", csv(&[9.0])),
    ])
}

#[test]
fn folders_are_columns_of_every_layout_read_or_streamed() {
    for (name, file) in [
        ("p.parquet", parquet as fn(&[f64]) -> Vec<u8>),
        ("p.arrow", arrow),
        ("p.csv", csv),
        ("p.jsonl", jsonl),
    ] {
        let folder = months(name, file);
        let options = ReadOptions::default();
        let table = read(&folder.at("d"), &options).expect("reads");
        let expected =
            ["x=1 year=2026 month=7", "x=2 year=2026 month=7", "x=3 year=2026 month=NaN"];
        assert_eq!(lines(&table), expected, "{name}");
        let inner = read(&folder.at("d/year=2026/month=*/*"), &options).expect("reads");
        assert_eq!(lines(&inner)[0], "x=1 month=7", "what the pattern names in full is no column");
        let path = format!("d/year=2026/month=07/{name}");
        assert_eq!(lines(&read(&folder.at(&path), &options).expect("reads"))[0], "x=1");

        let options = ReadOptions { categories: vec!["month".into()], ..options };
        let opened = stream::open(&folder.at("d"), &options).expect("opens");
        let gathered = opened.gather(&Pairs, Some("month")).expect("streams");
        let found = |at: usize, row: usize| {
            let (cell, group) = &gathered.columns[at].1[row];
            format!("{cell} {}", group.as_deref().unwrap_or("null"))
        };
        assert_eq!(gathered.rows, 3);
        assert_eq!((found(0, 0), found(0, 2)), ("1 07".into(), "3 null".into()), "{name}");
        assert_eq!((found(1, 0), found(2, 2)), ("2026 07".into(), "null null".into()), "{name}");
        let alone = opened.column("year").expect("a column");
        assert!(matches!(alone, Values::Number(v) if v == [2026.0; 3]), "{name}");
        let only = ReadOptions { columns: Some(vec!["month".into()]), ..options };
        assert_eq!(lines(&read(&folder.at("d"), &only).expect("reads"))[0], "month=07");
    }
}

#[test]
fn values_are_decoded_and_numbers_only_where_all_are() {
    assert_eq!(
        keys("a%20b=x%2Fy/plain/k=100%/=v/z=/f.csv"),
        [
            ("a b".to_owned(), Some("x/y".to_owned())),
            ("k".to_owned(), Some("100%".to_owned())),
            ("z".to_owned(), None)
        ]
    );
    let folder = Folder::new(&[("d/k=1/a.csv", csv(&[1.0])), ("d/k=one/a.csv", csv(&[2.0]))]);
    let table = read(&folder.at("d"), &ReadOptions::default()).expect("reads");
    assert_eq!(lines(&table), ["x=1 k=1", "x=2 k=one"]);
    let none = Folder::new(&[("d/k=/a.csv", csv(&[1.0])), ("d/k=/b.csv", csv(&[2.0]))]);
    let table = read(&none.at("d"), &ReadOptions::default()).expect("reads");
    assert_eq!(lines(&table), ["x=1 k=null", "x=2 k=null"]);
}

#[test]
fn folders_that_disagree_are_refused_by_name() {
    let options = ReadOptions::default();
    let refused = |files: &[(&str, Vec<u8>)], said: &[&str]| {
        let folder = Folder::new(files);
        let opened = stream::open(&folder.at("d"), &options).and_then(|s| s.gather(&Pairs, None));
        for error in [
            read(&folder.at("d"), &options).expect_err("is refused"),
            opened.map(|_| ()).expect_err("is refused"),
        ] {
            let text = format!("{error} ({})", error.hint_text().expect("a hint"));
            assert!(said.iter().all(|said| text.contains(said)), "{text}");
        }
    };
    let (one, two) = (csv(&[1.0]), csv(&[2.0]));
    refused(
        &[("d/a.csv", one.clone()), ("d/year=2026/b.csv", two.clone())],
        &["a.csv is in no folder `year=…`", "b.csv is in one"],
    );
    refused(&[("d/year=1/year=2/a.csv", one.clone())], &["a.csv is in two folders `year=…`"]);
    refused(&[("d/x=1/a.csv", one)], &["column `x` of", "a.csv is also the key of a folder"]);
    refused(&[("d/x=1/a.jsonl", jsonl(&[2.0]))], &["column `x` of", "also the key of a folder"]);
    refused(&[("d/x=1/a.parquet", parquet(&[2.0]))], &["column `x` of"]);
}

#[test]
fn the_same_files_in_other_folders_are_other_data() {
    let one = Folder::new(&[("d/k=1/a.csv", csv(&[1.0]))]);
    let two = Folder::new(&[("d/k=2/a.csv", csv(&[1.0]))]);
    let of = |folder: &Folder, path: &str| digest(&folder.at(path)).expect("a digest");
    assert_ne!(of(&one, "d"), of(&two, "d"));
    assert_eq!(of(&one, "d/k=1"), of(&two, "d/k=2"));
}
