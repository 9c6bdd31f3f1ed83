use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, NullArray, RecordBatch, StringArray,
};
use arrow_ipc::writer::{FileWriter, StreamWriter};

use super::super::read::read;
use super::super::table::{Categories, is_null};
use super::*;

/// Puts the batches together again.
struct Whole;

#[derive(Debug, Default, PartialEq)]
struct Rows {
    numbers: Vec<Option<u64>>,
    texts: Vec<Option<String>>,
    groups: Vec<Option<String>>,
    batches: usize,
}

impl Gather for Whole {
    type State = Rows;

    fn begin(&self, _: &str) -> Rows {
        Rows::default()
    }

    fn add(&self, rows: &mut Rows, values: &Values, by: Option<&Categories>) {
        rows.batches += 1;
        let count = match values {
            Values::Number(numbers) => {
                let bits = |x: &f64| (!is_null(*x)).then(|| x.to_bits());
                rows.numbers.extend(numbers.iter().map(bits));
                rows.texts.extend(numbers.iter().map(|_| None));
                numbers.len()
            }
            Values::Category(c) => {
                rows.numbers.extend(c.codes.iter().map(|_| None));
                rows.texts.extend((0..c.codes.len()).map(|row| c.get(row).map(str::to_owned)));
                c.codes.len()
            }
        };
        if let Some(by) = by {
            assert_eq!(by.codes.len(), count, "as many rows");
            rows.groups.extend((0..count).map(|row| by.get(row).map(str::to_owned)));
        }
    }
}

fn rows_of(values: &Values) -> Rows {
    let mut rows = Rows::default();
    Whole.add(&mut rows, values, None);
    rows
}

/// What is gathered is what is read, column by column.
fn same_as_read(paths: &[PathBuf], options: &ReadOptions) -> usize {
    let table = read(paths, options).expect("reads");
    let stream = open(paths, options).expect("opens");
    let gathered = stream.gather(&Whole, None).expect("streams");
    assert_eq!(gathered.rows, table.rows as u64);
    let names: Vec<&String> = table.columns.iter().map(|c| &c.name).collect();
    assert_eq!(gathered.columns.iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
    let mut batches = 0;
    for ((name, found), column) in gathered.columns.iter().zip(&table.columns) {
        let whole = rows_of(&column.values);
        assert_eq!((&found.numbers, &found.texts), (&whole.numbers, &whole.texts), "{name}");
        let alone = rows_of(&stream.column(name).expect("column"));
        assert_eq!((&alone.numbers, &alone.texts), (&whole.numbers, &whole.texts), "{name}");
        batches = batches.max(found.batches);
    }
    batches
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).expect("file");
        path
    }
}

fn batch(from: i64, rows: i64) -> RecordBatch {
    let all = || from..from + rows;
    let x = Float64Array::from_iter(all().map(|i| match i % 7 {
        0 => None,
        1 => Some(f64::NAN),
        _ => Some(i as f64 / 3.0),
    }));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(x)),
        ("id", Arc::new(Int64Array::from_iter_values(all()))),
        ("name", Arc::new(StringArray::from_iter(all().map(|i| (i % 5 > 0).then_some("a\"b"))))),
        ("flag", Arc::new(BooleanArray::from_iter(all().map(|i| Some(i % 2 == 0))))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("batch")
}

fn parquet_bytes(batches: &[RecordBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batches[0].schema(), None).expect("writer");
    for batch in batches {
        writer.write(batch).expect("writes");
        writer.flush().expect("a row group");
    }
    writer.close().expect("closes");
    bytes
}

fn csv_text(rows: usize) -> String {
    let mut text = "\u{feff}x,name,late,code\r\n".to_owned();
    for i in 0..rows {
        let x = if i % 11 == 3 { "nan".to_owned() } else { format!("{}", i as f64 / 8.0) };
        let late = if i == rows - 2 { "7b" } else { "1.50" };
        let name = ["\"two\nlines, \"\"q\"\"\"", "plain 5\"", "", "True"][i % 4];
        text.push_str(&format!("{x},{name},{late},{}.0\r\n", i % 3));
    }
    text
}

#[test]
fn every_format_streams_what_it_reads() {
    let folder = Folder::new();
    let batches: Vec<RecordBatch> = (0..5).map(|i| batch(i * 40, 40)).collect();
    let parquet = folder.file("a.parquet", parquet_bytes(&batches));
    let mut file = FileWriter::try_new(Vec::new(), &batches[0].schema()).expect("writer");
    let mut stream = StreamWriter::try_new(Vec::new(), &batches[0].schema()).expect("writer");
    for batch in &batches {
        file.write(batch).expect("writes");
        stream.write(batch).expect("writes");
    }
    let file = folder.file("a.arrow", file.into_inner().expect("finishes"));
    let stream = folder.file("b.arrows", stream.into_inner().expect("finishes"));
    let json: String = (0..90)
        .map(|i| match i % 3 {
            0 => format!("{{\"x\":{i},\"s\":\"v{}\"}}\n", i % 4),
            1 => format!("{{\"x\":null,\"flag\":{}}}\n", i % 2 == 0),
            _ if i > 80 => format!("{{\"late\":{i}}}\n"),
            _ => "{\"x\":1.25}\n\n".to_owned(),
        })
        .collect();
    let json = folder.file("a.jsonl", json);
    let csv = folder.file("a.csv", csv_text(200));
    let packed = ::zstd::encode_all(csv_text(50).as_bytes(), 3).expect("packs");
    let packed = folder.file("b.csv.zst", packed);
    let options =
        ReadOptions { categories: vec!["code".into(), "id".into()], ..Default::default() };
    for path in [&parquet, &file, &stream, &json, &csv, &packed] {
        let several = same_as_read(std::slice::from_ref(path), &options);
        assert!(several > 1 || path == &parquet, "{} came in one batch", path.display());
        same_as_read(std::slice::from_ref(path), &ReadOptions::default());
        let head = ReadOptions { rows: Some(33), ..Default::default() };
        same_as_read(std::slice::from_ref(path), &head);
    }
    same_as_read(&[parquet.clone(), file, stream], &options);
    same_as_read(&[csv, packed], &options);
    let one = ReadOptions { columns: Some(vec!["id".into()]), ..Default::default() };
    same_as_read(&[parquet], &one);
}

#[test]
fn the_column_of_groups_comes_along() {
    let folder = Folder::new();
    let batches: Vec<RecordBatch> = (0..3).map(|i| batch(i * 40, 40)).collect();
    let parquet = folder.file("a.parquet", parquet_bytes(&batches));
    let csv: String = (0..100).map(|i| format!("{},{}\n", i, ["u", "v", ""][i % 3])).collect();
    let csv = folder.file("a.csv", format!("id,flag\n{csv}"));
    for path in [parquet, csv] {
        let options = ReadOptions { categories: vec!["flag".into()], ..Default::default() };
        let table = read(std::slice::from_ref(&path), &options).expect("reads");
        let stream = open(&[path], &options).expect("opens");
        let gathered = stream.gather(&Whole, Some("flag")).expect("streams");
        let expected = rows_of(&table.column("flag").expect("column").values).texts;
        for (name, rows) in &gathered.columns {
            assert_eq!(rows.groups, expected, "{name}");
        }
    }
}

#[test]
fn mistakes_are_told_as_when_reading() {
    let folder = Folder::new();
    let number = folder.file("n.csv", "x,y\n1,2\n".to_owned() + &"3,4\n".repeat(60));
    let text = folder.file("t.csv", "x,y\n".to_owned() + &"3,4\n".repeat(60) + "3,b\n");
    let other = folder.file("o.csv", "x\n1\n");
    let ragged = folder.file("r.csv", "x,y\n".to_owned() + &"3,4\n".repeat(60) + "3\n");
    let latin =
        folder.file("l.csv", [&b"x,y\n"[..], &b"3,4\n".repeat(60), b"caf\xe9,1\n"].concat());
    let json = "{\"x\":1}\n".repeat(40) + "{\"x\":\"a\"}\n";
    let json = folder.file("m.jsonl", json);
    let log = folder.file("e.jsonl", "");
    for paths in [
        vec![number.clone(), text],
        vec![number.clone(), other],
        vec![ragged],
        vec![latin],
        vec![json],
        vec![number.clone(), log],
        vec![folder.0.path().join("none.csv")],
    ] {
        let told = |outcome: Result<()>| outcome.err().map(|e| e.to_string());
        let options = ReadOptions::default();
        let read = told(read(&paths, &options).map(|_| ()));
        let streamed = open(&paths, &options).and_then(|s| s.gather(&Whole, None).map(|_| ()));
        assert_eq!(told(streamed), read, "{paths:?}");
    }
    let lacking = ReadOptions { columns: Some(vec!["z".into()]), ..Default::default() };
    assert!(open(&[number], &lacking).is_err());
}

#[test]
fn a_column_without_values_is_of_any_kind() {
    let folder = Folder::new();
    let null: ArrayRef = Arc::new(NullArray::new(2));
    let nulls = RecordBatch::try_from_iter_with_nullable([("x", null, true)]).expect("batch");
    let a = folder.file("a.parquet", parquet_bytes(&[nulls]));
    let b = folder.file("b.csv", "x\nu\n\nv\n");
    let stream = open(&[a, b], &ReadOptions::default()).expect("opens");
    let gathered = stream.gather(&Whole, None).expect("streams");
    let texts = &gathered.columns[0].1.texts;
    assert_eq!(texts.len(), 4, "blank lines are no rows");
    assert_eq!(texts[2].as_deref(), Some("u"));
    assert_eq!(stream.rows(), None);
}
