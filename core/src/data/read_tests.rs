use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, ListArray};
use arrow_array::{RecordBatch, StringArray};

use super::super::table::{Categories, Values};
use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(&path, content).expect("file");
        path
    }
}

fn one(name: &str, content: impl AsRef<[u8]>) -> Result<Table> {
    let folder = Folder::new();
    read(&[folder.file(name, content)], &ReadOptions::default())
}

fn problem(result: Result<Table>) -> String {
    let error = result.expect_err("must be refused");
    format!("{error} ({})", error.hint_text().expect("a hint"))
}

fn numbers<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match &table.require(name).expect("column").values {
        Values::Number(values) => values,
        Values::Category(c) => panic!("{name} is categories {:?}", c.levels),
    }
}

fn categories<'a>(table: &'a Table, name: &str) -> &'a Categories {
    match &table.require(name).expect("column").values {
        Values::Category(categories) => categories,
        Values::Number(v) => panic!("{name} is numbers {v:?}"),
    }
}

fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    let c = categories(table, name);
    (0..table.rows).map(|row| c.get(row).map(str::to_owned)).collect()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|v| Some((*v).to_owned())).collect()
}

#[test]
fn csv_with_quotes_blank_lines_and_windows_line_ends() {
    let text =
        "\u{feff},name,x\r\n0,\"a \"\"b\"\", c\",1\r\n\r\n1,\"two\nlines\",\r\n2,,-2.5e1\r\n";
    let table = one("a.csv", text).expect("table");
    assert_eq!(table.rows, 3);
    assert_eq!(table.columns.len(), 2, "the index without a name is left out");
    assert_eq!(texts(&table, "name"), [Some("a \"b\", c".into()), Some("two\nlines".into()), None]);
    let x = numbers(&table, "x");
    assert_eq!((x[0], x[2]), (1.0, -25.0));
    assert!(x[1].is_nan());
}

#[test]
fn the_delimiter_is_guessed_outside_quotes() {
    for (d, name) in [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.txt")] {
        let table = one(name, format!("\"a,;|\"{d}b{d}c\n1{d}2{d}3\n")).expect("table");
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["a,;|", "b", "c"], "delimiter {d:?}");
    }
    assert_eq!(numbers(&one("a.csv", "x\n1\n2").expect("table"), "x"), [1.0, 2.0]);
}

#[test]
fn a_late_text_makes_the_whole_column_text() {
    let table = one("a.csv", "zip,x\n1.50,1\n,2\nB7,nan\n").expect("table");
    assert_eq!(texts(&table, "zip"), [Some("1.50".into()), None, Some("B7".into())]);
    assert!(numbers(&table, "x")[2].is_nan());
    let flags = one("a.csv", "f\nTrue\nFALSE\ntrue\n").expect("table");
    assert_eq!(texts(&flags, "f"), some(&["true", "false", "true"]));
}

#[test]
fn csv_mistakes_name_the_line() {
    let ragged = problem(one("a.csv", "a,b\n1,2\n\"x\ny\",2\n1,2,3\n"));
    assert!(ragged.contains("a.csv:5 has 3 fields where the header has 2"), "{ragged}");
    let open = problem(one("a.csv", "a,b\n1,2\n1,\"2\n3,4\n"));
    assert!(open.contains("a.csv:3 opens a quote"), "{open}");
    let latin = problem(one("a.csv", b"a,b\n1,caf\xe9\n"));
    assert!(latin.contains("a.csv:2 is not UTF-8: byte 6 of the line (0xe9)"), "{latin}");
    let wide = problem(one("a.csv", b"\xff\xfea\0\n\0\0\xd8\n\0"));
    assert!(wide.contains("a.csv:2 is not UTF-16"), "{wide}");
    let twice = problem(one("a.csv", "a,b,a\n1,2,3\n"));
    assert!(twice.contains("names column `a` twice, as column 1 and 3"), "{twice}");
    assert!(problem(one("a.csv", "")).contains("is empty"));
    assert!(problem(one("a.csv.gz", b"\x1f\x8b\x08")).contains("not whole"));
    assert_eq!(one("a.csv", "a,b\n").expect("no rows").rows, 0);
}

#[test]
fn a_first_line_of_values_is_told_from_names() {
    let names = |text: &str| -> Vec<String> {
        let table = one("a.csv", text).expect("table");
        table.columns.iter().map(|c| c.name.clone()).collect()
    };
    for values in [
        "1,0.5\n0,0.25\n",
        "5.1;3.5;setosa\n4.9;3.0;virginica\n",
        "0.5\n0.25\n",
        "3,,b\n1,2,c\n",
        "7,1,7\n7,1,7\n",
    ] {
        let found = names(values);
        let expected: Vec<String> = (1..=found.len()).map(|i| format!("column-{i}")).collect();
        assert_eq!(found, expected, "{values}");
        let table = one("a.csv", values).expect("table");
        assert_eq!(table.rows, values.lines().count());
    }
    for (text, first) in [
        ("region,2019,2020\nnorth,1.5,2.5\n", "region"),
        ("0,1,2\n0.5,0.25,1\n", "0"),
        ("label,1.5\n1,2\n", "label"),
        ("0.5,name\nx,y\n", "0.5"),
        ("1.5,2.5\n", "1.5"),
    ] {
        assert_eq!(names(text)[0], first, "{text}");
    }
}

#[test]
fn wide_text_is_read_with_a_mark_and_without_one() {
    let text = "name,x\n\"köln, am\nrhein\",1\nbonn,2\n";
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let folder = Folder::new();
    for bytes in [marked(b"\xff\xfe", &little), marked(b"\xfe\xff", &big), little, big] {
        let table = one("a.csv", &bytes).expect("table");
        assert_eq!(texts(&table, "name"), some(&["köln, am\nrhein", "bonn"]));
        assert_eq!(numbers(&table, "x"), [1.0, 2.0]);
        let paths = [folder.file("a.csv", &bytes)];
        let opened = super::super::stream::open(&paths, &ReadOptions::default()).expect("opens");
        let names: Vec<&str> = opened.fields().iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["name", "x"]);
    }
    let rows: Vec<u8> =
        "{\"x\":1}\n{\"x\":2}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(numbers(&one("a.jsonl", rows).expect("table"), "x"), [1.0, 2.0]);
}

#[test]
fn chosen_and_ignored_columns_and_forced_categories() {
    let folder = Folder::new();
    let file = folder.file("a.csv", "code,zip,x,y\n1.0,01234,5,6\n2,1234,7,8\n1,,9,10\n");
    let options = ReadOptions {
        columns: Some(vec!["code".into(), "zip".into(), "x".into()]),
        categories: vec!["code".into(), "zip".into()],
        ignore: vec![],
        ..ReadOptions::default()
    };
    let table = read(std::slice::from_ref(&file), &options).expect("table");
    assert_eq!(table.columns.len(), 3);
    assert_eq!(texts(&table, "code"), some(&["1", "2", "1"]));
    assert_eq!(texts(&table, "zip"), [Some("01234".into()), Some("1234".into()), None]);
    let typo = ReadOptions { columns: Some(vec!["cod".into()]), ..options };
    assert!(problem(read(&[file], &typo)).contains("no column `cod`"));
}

#[test]
fn jsonl_fills_gaps_and_refuses_mixtures() {
    let table = one("a.jsonl", "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":null}\n{\"a\":2.5,\"c\":true}\n")
        .expect("table");
    let a = numbers(&table, "a");
    assert_eq!((a[0], a[2], table.rows), (1.0, 2.5, 3));
    assert!(a[1].is_nan());
    assert_eq!(texts(&table, "b"), [Some("x".into()), None, None]);
    assert_eq!(texts(&table, "c"), [None, None, Some("true".into())]);
    let mixed = problem(one("a.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":\"x\"}\n"));
    assert!(mixed.contains("a number in line 1 and `x` in line 3"), "{mixed}");
    let cut = problem(one("a.jsonl", "{\"a\":1}\n{\"a\":"));
    assert!(cut.contains("a.jsonl:2 is not a JSON object"), "{cut}");
    let nested = problem(one("a.jsonl", "{\"a\":[1]}"));
    assert!(nested.contains("a list in column `a`"), "{nested}");
    assert!(problem(one("a.json", "[{\"a\":1}]")).contains("one JSON array"));
    assert_eq!(one("a.jsonl", "").expect("an empty log").rows, 0);
}

#[test]
fn a_request_log_becomes_rows() {
    let log = concat!(
        r#"{"time":"2026-01-01T00:00:00Z","slot":"1.0.0","id":"a","rows":2,"#,
        r#""inputs":{"AGEP":[62.0,30],"X":[[1,2],[3,4]],"S":["m","f"]},"#,
        r#""outputs":{"label":[1,0],"probabilities":[[0.1,0.9],[0.7,0.3]]}}"#,
        "\n",
        r#"{"slot":"2.0.0","mirrored":true,"rows":1,"inputs":{"AGEP":[1]},"#,
        r#""outputs":{"label":[1]}}"#,
        "\n",
        r#"{"rows":1,"inputs":{"AGEP":5,"X":[[5,6]],"S":["m"]},"outputs":{"y":[[0.25]]}}"#,
    );
    let table = one("requests.jsonl", log).expect("table");
    assert_eq!(table.rows, 3);
    assert_eq!(numbers(&table, "AGEP"), [62.0, 30.0, 5.0]);
    assert_eq!(numbers(&table, "X.1"), [2.0, 4.0, 6.0]);
    assert_eq!(texts(&table, "S"), some(&["m", "f", "m"]));
    assert_eq!(numbers(&table, "prediction"), [0.9, 0.3, 0.25]);
    let damaged = r#"{"rows":2,"inputs":{"A":[1]},"outputs":{"y":[1,2]}}"#;
    let text = problem(one("a.jsonl", damaged));
    assert!(text.contains("a.jsonl:1: the values of `A` do not make 2 rows"), "{text}");
}

#[test]
fn flat_tensors_are_cut_into_rows_and_an_unfinished_line_is_left() {
    let log = concat!(
        r#"{"time":"2026-01-01T00:00:00Z","slot":"1.0.0","id":"7","mirrored":false,"#,
        r#""inputs":{"X":[1.0,2.0,3.0,4.0],"C":[5,null]},"#,
        r#""outputs":{"label":[1,0],"probabilities":[0.1,0.9,0.7,0.3]},"rows":2}"#,
        "\n",
        r#"{"inputs":{"X":[5,6],"C":[7]},"outputs":{"label":["b"],"p":[{"a":0.2,"b":0.8}]},"rows":1}"#,
        "\n",
        r#"{"inputs":{"X":[5,"#,
    );
    let table = one("requests-1.jsonl", log).expect("table");
    assert_eq!(numbers(&table, "X.0"), [1.0, 3.0, 5.0]);
    assert_eq!(numbers(&table, "X.1"), [2.0, 4.0, 6.0]);
    assert_eq!(numbers(&table, "prediction"), [0.9, 0.3, 0.8]);
    let c = numbers(&table, "C");
    assert!(c[0] == 5.0 && c[1].is_nan() && c[2] == 7.0);
    let uneven = r#"{"inputs":{"X":[1,2,3]},"outputs":{"p":[1,2]},"rows":2}"#;
    assert!(problem(one("a.jsonl", uneven)).contains("`X` do not make 2 rows"));
    let boast = r#"{"inputs":{"X":[1]},"outputs":{"p":[1]},"rows":1000000000000000000}"#;
    assert!(problem(one("a.jsonl", boast)).contains("`rows` do not make"));
}

fn parquet_bytes(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .expect("batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("writer");
    writer.write(&batch).expect("write");
    writer.close().expect("close");
    bytes
}

fn sample_parquet() -> Vec<u8> {
    let levels: DictionaryArray<Int32Type> = [Some("u"), None, Some("v")].into_iter().collect();
    parquet_bytes(vec![
        ("f", Arc::new(Float64Array::from(vec![Some(1.5), None, Some(f64::NAN)]))),
        ("i", Arc::new(Int64Array::from(vec![Some(7), Some(-1), None]))),
        ("s", Arc::new(StringArray::from(vec![Some("a"), Some("b"), Some("a")]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        ("d", Arc::new(levels)),
    ])
}

#[test]
fn parquet_of_every_readable_kind() {
    let table = one("a.data", sample_parquet()).expect("told by its content");
    let (f, i) = (numbers(&table, "f"), numbers(&table, "i"));
    assert_eq!((f[0], i[0], i[1]), (1.5, 7.0, -1.0));
    assert!(f[1].is_nan() && f[2].is_nan() && i[2].is_nan());
    assert_eq!(texts(&table, "s"), some(&["a", "b", "a"]));
    assert_eq!(texts(&table, "b"), [Some("true".into()), Some("false".into()), None]);
    assert_eq!(texts(&table, "d"), [Some("u".into()), None, Some("v".into())]);
    let folder = Folder::new();
    let file = folder.file("a.parquet", sample_parquet());
    let options = ReadOptions { categories: vec!["f".into(), "i".into()], ..Default::default() };
    let table = read(&[file], &options).expect("table");
    assert_eq!(texts(&table, "f"), [Some("1.5".into()), None, None]);
    assert_eq!(texts(&table, "i"), [Some("7".into()), Some("-1".into()), None]);
}

#[test]
fn the_index_that_pandas_wrote_along_is_left_out_unless_named_in_every_format() {
    let names = |file: &str, options: &ReadOptions| -> Vec<String> {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/pandas").join(file);
        let table = read(std::slice::from_ref(&file), options).expect("reads");
        let stream = super::super::stream::open(std::slice::from_ref(&file), options);
        let fields: Vec<String> =
            stream.expect("opens").fields().iter().map(|f| f.name.clone()).collect();
        let names: Vec<String> = table.columns.into_iter().map(|c| c.name).collect();
        assert!(fields.is_empty() || names == fields, "{fields:?}");
        names
    };
    for file in ["picked.parquet", "picked.arrow", "picked.arrows", "picked.feather"] {
        assert_eq!(names(file, &ReadOptions::default()), ["age", "kind"], "{file}");
        let named = vec!["__index_level_0__".to_owned()];
        let options = ReadOptions { columns: Some(named), ..ReadOptions::default() };
        assert_eq!(names(file, &options), ["__index_level_0__"], "{file}");
    }
}

#[test]
fn parquet_that_is_cut_short_or_nested_is_refused() {
    let whole = sample_parquet();
    for keep in [4, 40, whole.len() / 2, whole.len() - 1] {
        let text = problem(one("a.parquet", &whole[..keep]));
        assert!(text.contains("a.parquet is not a whole Parquet file"), "{keep}: {text}");
    }
    assert!(problem(one("a.parquet", "a,b\n1,2\n")).contains("is not a Parquet file"));
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]);
    let bytes = parquet_bytes(vec![("l", Arc::new(lists))]);
    let text = problem(one("a.parquet", &bytes));
    assert!(text.contains("column `l`") && text.contains("ignore"), "{text}");
}

/// Where each column's bytes are in a Parquet file.
fn chunks(bytes: &[u8]) -> Vec<(String, usize, usize)> {
    use ::parquet::file::reader::FileReader as _;
    use ::parquet::file::serialized_reader::SerializedFileReader;
    let folder = Folder::new();
    let file = File::open(folder.file("a.parquet", bytes)).expect("opens");
    let reader = SerializedFileReader::new(file).expect("whole");
    let columns = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    let place = |column: &::parquet::file::metadata::ColumnChunkMetaData| {
        let (from, length) = column.byte_range();
        (column.column_path().string(), from as usize, length as usize)
    };
    columns.map(place).collect()
}

#[test]
fn of_parquet_no_byte_of_other_columns_is_read() {
    let whole = sample_parquet();
    let (all, folder) = (chunks(&whole), Folder::new());
    for wanted in ["i", "s"] {
        let mut damaged = whole.clone();
        for (_, from, length) in all.iter().filter(|(name, ..)| name != wanted) {
            damaged[*from..from + length].fill(0xff);
        }
        let options = ReadOptions { columns: Some(vec![wanted.into()]), ..ReadOptions::default() };
        let read = |bytes: &[u8]| {
            let table = read(&[folder.file("a.parquet", bytes)], &options).expect("reads");
            format!("{:?}", table.columns[0].values)
        };
        assert_eq!(read(&damaged), read(&whole), "{wanted}");
        let everything = one("a.parquet", &damaged);
        assert!(everything.is_err(), "the others cannot be read");
    }
}

#[test]
fn files_folders_and_patterns_are_stacked() {
    let folder = Folder::new();
    let first = folder.file("day/1.csv", "x,s\n1,a\n2,\n");
    folder.file("day/2.jsonl", "{\"s\":\"b\",\"x\":3}\n");
    folder.file("day/deeper/3.csv", "x,s\n4,\n");
    folder.file("day/_SUCCESS", "");
    folder.file("day/notes.md", "not data");
    let root = folder.0.path();
    let table = read(&[root.join("day")], &ReadOptions::default()).expect("folder");
    assert_eq!(numbers(&table, "x"), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(texts(&table, "s"), [Some("a".into()), None, Some("b".into()), None]);
    let table = read(&[root.join("day/?.*")], &ReadOptions::default()).expect("pattern");
    assert_eq!(table.rows, 3);
    let none = problem(read(&[root.join("day/*.parquet")], &ReadOptions::default()));
    assert!(none.contains("no file matches"), "{none}");
    let other = folder.file("other.csv", "x,t\n1,2\n");
    let text = problem(read(&[first.clone(), other], &ReadOptions::default()));
    assert!(text.contains("other.csv has no column `s`"), "{text}");
    let words = folder.file("words.csv", "x,s\n5,a\nmany,b\n");
    let text = problem(read(&[first, words], &ReadOptions::default()));
    assert!(text.contains("column `x` holds numbers in") && text.contains(":3 (`many`)"), "{text}");
}

#[test]
fn the_digest_is_of_the_bytes_and_not_of_names_or_order() {
    let folder = Folder::new();
    let a = folder.file("a.csv", "x\n1\n");
    let b = folder.file("b.csv", "x\n2\n");
    let c = folder.file("c.csv", "x\n1\n");
    let of = |paths: &[&PathBuf]| {
        digest(&paths.iter().map(|p| (*p).clone()).collect::<Vec<_>>()).expect("digest")
    };
    assert_eq!(of(&[&a]), Digest::of(b"x\n1\n"));
    assert_eq!(of(&[&a, &b]), of(&[&b, &c]));
    assert_ne!(of(&[&a, &b]), of(&[&a, &c]));
}

fn arrow_bytes(columns: Vec<(&str, ArrayRef)>, stream: bool, packed: bool) -> Vec<u8> {
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
    let batch = RecordBatch::try_from_iter(columns).expect("batch");
    let kind = packed.then_some(CompressionType::LZ4_FRAME);
    let options = IpcWriteOptions::default().try_with_compression(kind).expect("options");
    let schema = batch.schema();
    if stream {
        let mut out =
            StreamWriter::try_new_with_options(Vec::new(), &schema, options).expect("writer");
        out.write(&batch).expect("writes");
        out.write(&batch).expect("writes");
        return out.into_inner().expect("finishes");
    }
    let mut out = FileWriter::try_new_with_options(Vec::new(), &schema, options).expect("writer");
    out.write(&batch).expect("writes");
    out.write(&batch).expect("writes");
    out.into_inner().expect("finishes")
}

fn some_columns() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("x", Arc::new(Float64Array::from(vec![Some(1.5), None, Some(2.0)])) as ArrayRef),
        ("id", Arc::new(Int64Array::from(vec![9_007_199_254_740_993, 2, 3]))),
        ("name", Arc::new(StringArray::from(vec![Some("a"), Some("b"), None]))),
    ]
}

#[test]
fn arrow_files_and_streams_give_the_same_columns() {
    let folder = Folder::new();
    for (stream, packed) in [(false, false), (false, true), (true, false), (true, true)] {
        let bytes = arrow_bytes(some_columns(), stream, packed);
        let file = folder.file("a.arrow", &bytes);
        let options = ReadOptions { categories: vec!["id".into()], ..Default::default() };
        let table = read(std::slice::from_ref(&file), &options).expect("table");
        assert_eq!(table.rows, 6);
        assert_eq!(numbers(&table, "x")[3], 1.5);
        assert_eq!(texts(&table, "id")[0].as_deref(), Some("9007199254740993"));
        assert_eq!(texts(&table, "name")[2], None);
        let exact = ReadOptions { exact: true, ..Default::default() };
        assert!(
            problem(read(std::slice::from_ref(&file), &exact))
                .contains("`id` holds 9007199254740993")
        );
        let head = ReadOptions { rows: Some(4), ..Default::default() };
        assert_eq!(read(&[file], &head).expect("table").rows, 4);
        for cut in (4..bytes.len()).step_by(7).chain([bytes.len() - 1, bytes.len() - 8]) {
            let file = folder.file("cut.arrow", &bytes[..cut]);
            let outcome = read(&[file], &ReadOptions::default());
            assert!(problem(outcome).contains("cut.arrow"), "{cut} of {}", bytes.len());
        }
    }
}

#[test]
fn gzip_and_zstd_are_unpacked() {
    use std::io::Write;
    let csv = "x,y\n1,a\n2,b\n";
    let gzip = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).expect("packs");
        out.finish().expect("packs")
    };
    let zstd = |bytes: &[u8]| ::zstd::encode_all(bytes, 3).expect("packs");
    type Packer<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let packers: [(Packer<'_>, &str); 2] = [(&gzip, "gz"), (&zstd, "zst")];
    for (pack, ending) in packers {
        let packed = pack(csv.as_bytes());
        let table = one(&format!("a.csv.{ending}"), &packed).expect("table");
        assert_eq!(
            (numbers(&table, "x"), texts(&table, "y")),
            (&[1.0, 2.0][..], some(&["a", "b"]))
        );
        let jsonl = pack(b"{\"x\":1}\n{\"x\":2}\n");
        let table = one(&format!("a.jsonl.{ending}"), jsonl).expect("table");
        assert_eq!(numbers(&table, "x"), [1.0, 2.0]);
        let arrow = pack(&arrow_bytes(some_columns(), false, false));
        assert_eq!(one(&format!("a.arrow.{ending}"), arrow).expect("table").rows, 6);
        for cut in 4..packed.len() {
            let message = problem(one(&format!("a.csv.{ending}"), &packed[..cut]));
            assert!(message.contains("cut short"), "{cut}: {message}");
        }
        assert!(problem(one("a.parquet", pack(&sample_parquet()))).contains("unpack"));
        assert!(problem(one("a.csv", pack(&packed))).contains("compressed twice"));
    }
    let two = [gzip(b"x\n1\n"), gzip(b"2\n")].concat();
    assert_eq!(numbers(&one("a.csv.gz", two).expect("table"), "x"), [1.0, 2.0], "two members");
    let folder = Folder::new();
    folder.file("data/a.csv.gz", gzip(b"x\n1\n"));
    folder.file("data/b.gz", gzip(b"x\n1\n"));
    let table = read(&[folder.0.path().join("data")], &ReadOptions::default()).expect("table");
    assert_eq!(table.rows, 1, "an ending behind the one of the packer");
}

#[test]
fn whole_numbers_beyond_a_double_are_kept_as_text_or_refused() {
    let exact = ReadOptions { exact: true, ..Default::default() };
    let ids = ReadOptions { exact: true, categories: vec!["id".into()], ..Default::default() };
    let folder = Folder::new();
    let big = u64::MAX.to_string();
    for (name, text) in [
        ("a.csv", format!("id,x\n9007199254740993,1\n{big},2\n")),
        ("a.jsonl", format!("{{\"id\":9007199254740993,\"x\":1}}\n{{\"id\":{big},\"x\":2}}\n")),
    ] {
        let file = [folder.file(name, text)];
        let table = read(&file, &ids).expect("table");
        assert_eq!(texts(&table, "id"), some(&["9007199254740993", &big]), "{name}");
        let line = if name == "a.csv" { "a.csv:2" } else { "a.jsonl:1" };
        let message = problem(read(&file, &exact));
        assert!(message.contains(line) && message.contains("2^53"), "{message}");
        assert!(read(&file, &ReadOptions::default()).is_ok());
    }
    let rounded = [folder.file("b.jsonl", "{\"id\":123456789012345678901234567890}\n")];
    assert!(problem(read(&rounded, &ids)).contains("b.jsonl:1"));
    let fits = [folder.file("c.csv", "id\n9007199254740994\n-9007199254740992\n1e300\n")];
    assert!(read(&fits, &exact).is_ok());
}

#[test]
fn columns_that_may_be_there_and_kinds_that_cannot_be_read() {
    let folder = Folder::new();
    let file = [folder.file("a.csv", "y,p_a,p_b,q\n1,2,3,4\n5,6,7,8\n")];
    let options = ReadOptions {
        columns: Some(vec!["y".into()]),
        optional: vec!["p_*".into(), "none".into()],
        rows: Some(1),
        ..Default::default()
    };
    let table = read(&file, &options).expect("table");
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!((names, table.rows), (vec!["y", "p_a", "p_b"], 1));
    for (pattern, name, same) in [
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("*", "", true),
        ("a*b*c", "axbyc", true),
        ("a*c", "abcd", false),
        ("a", "ab", false),
    ] {
        assert_eq!(matches_name(pattern, name), same, "{pattern} {name}");
    }
}

#[test]
fn the_envelope_of_requests_is_columns_where_somebody_names_it() {
    let line = |id: &str, time: &str, ages: &str, rows: usize| {
        format!(
            "{{\"time\":\"2026-11-01T0{time}:00:00Z\",\"slot\":\"1.0.0\",\"id\":{id},\"mirrored\":false,\"inputs\":{{\"age\":[{ages}]}},\"outputs\":{{\"p\":[{ages}]}},\"rows\":{rows}}}\n"
        )
    };
    let text =
        line("\"a\"", "8", "30", 1) + &line("7", "9", "31,32", 2) + &line("null", "9", "33", 1);
    let folder = Folder::new();
    let paths = [folder.file("log.jsonl", &text)];
    let plain = read(&paths, &ReadOptions::default()).expect("table");
    let names: Vec<&str> = plain.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["age", "prediction"]);
    let categories = vec!["id".to_owned(), "time".to_owned()];
    let table = read(&paths, &ReadOptions { categories, ..ReadOptions::default() }).expect("table");
    let id = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&table, "id"), [id("a"), id("7.0"), id("7.1"), None]);
    assert_eq!(texts(&table, "time")[2], id("2026-11-01T09:00:00Z"));
    // An input of that name is what is meant.
    let own = text.replace("\"age\"", "\"id\"");
    let paths = [folder.file("own.jsonl", own)];
    let categories = vec!["id".to_owned()];
    let table = read(&paths, &ReadOptions { categories, ..ReadOptions::default() }).expect("table");
    assert_eq!(texts(&table, "id")[..2], [id("30"), id("31")]);
}
