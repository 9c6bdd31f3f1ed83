//! The files that are damaged: each small, and with everything that its kind can have.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use outerloop_core::data::profile::profile_stream;
use outerloop_core::data::{ProfileOptions, ReadOptions, stream};
use outerloop_core::steps::profile;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// Kinds of files, by the ending of their names.
pub const KINDS: [&str; 16] = [
    "plain.parquet",
    "snappy.parquet",
    "zstd.parquet",
    "gzip.parquet",
    "plain.arrow",
    "lz4.arrow",
    "zstd.arrow",
    "plain.arrows",
    "rows.csv",
    "rows.csv.gz",
    "rows.csv.zst",
    "rows.jsonl",
    "requests.jsonl",
    "collected.jsonl",
    "wide.csv",
    "rows.profile.json",
];

/// The whole file of a kind.
///
/// # Panics
/// There is no such kind, or it cannot be written.
pub fn original(kind: &str) -> Vec<u8> {
    match kind {
        "plain.parquet" => parquet(Compression::UNCOMPRESSED),
        "snappy.parquet" => parquet(Compression::SNAPPY),
        "zstd.parquet" => parquet(Compression::ZSTD(ZstdLevel::default())),
        "gzip.parquet" => parquet(Compression::GZIP(Default::default())),
        "plain.arrow" => arrow_file(None),
        "lz4.arrow" => arrow_file(Some(CompressionType::LZ4_FRAME)),
        "zstd.arrow" => arrow_file(Some(CompressionType::ZSTD)),
        "plain.arrows" => arrow_stream(),
        "rows.csv" => csv().into_bytes(),
        "rows.csv.gz" => gzip(csv().as_bytes()),
        "rows.csv.zst" => zstd::encode_all(csv().as_bytes(), 3).expect("packs"),
        "rows.jsonl" => jsonl().into_bytes(),
        "requests.jsonl" => requests().into_bytes(),
        "collected.jsonl" => collected().into_bytes(),
        "wide.csv" => {
            let units = csv().encode_utf16().collect::<Vec<u16>>();
            [0xff, 0xfe].into_iter().chain(units.iter().flat_map(|u| u.to_le_bytes())).collect()
        }
        "rows.profile.json" => profile(),
        other => panic!("no file of the kind {other}"),
    }
}

fn batch(from: i64) -> RecordBatch {
    let all = || from..from + 20;
    let names: DictionaryArray<Int32Type> = all()
        .map(|i| (i % 4 > 0).then_some(["berlin", "bonn", "köln"][(i % 3) as usize]))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(Float64Array::from_iter(all().map(|i| (i % 5 > 0).then_some(i as f64))))),
        ("id", Arc::new(Int64Array::from_iter_values(all().map(|i| i << 50)))),
        ("word", Arc::new(StringArray::from_iter(all().map(|i| Some(format!("w{}", i % 6)))))),
        ("flag", Arc::new(BooleanArray::from_iter(all().map(|i| Some(i % 2 == 0))))),
        (
            "time",
            Arc::new(TimestampMillisecondArray::from_iter_values(all().map(|i| i * 86_400_000))),
        ),
        (
            "price",
            Arc::new(
                Decimal128Array::from_iter_values(all().map(i128::from))
                    .with_precision_and_scale(10, 2)
                    .expect("a scale"),
            ),
        ),
        ("city", Arc::new(names)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("a batch")
}

fn parquet(compression: Compression) -> Vec<u8> {
    let settings = WriterProperties::builder().set_compression(compression).build();
    let first = batch(0);
    let mut writer =
        ArrowWriter::try_new(Vec::new(), first.schema(), Some(settings)).expect("a writer");
    for batch in [first, batch(20)] {
        writer.write(&batch).expect("writes");
        writer.flush().expect("a row group");
    }
    writer.into_inner().expect("closes")
}

fn arrow_file(compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).expect("options");
    let first = batch(0);
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &first.schema(), options).expect("a writer");
    writer.write(&first).expect("writes");
    writer.into_inner().expect("closes")
}

fn arrow_stream() -> Vec<u8> {
    let first = batch(0);
    let mut writer = StreamWriter::try_new(Vec::new(), &first.schema()).expect("a writer");
    writer.write(&first).expect("writes");
    writer.into_inner().expect("closes")
}

fn csv() -> String {
    let row = |i: i64| {
        let word = ["\"a \"\"b\"\", c\"", "plain", "", "\"two\nlines\"", "köln"][(i % 5) as usize];
        format!("{},{word},2026-07-{:02}T08:00:00Z,{}\n", i as f64 / 4.0, i % 28 + 1, i << 55)
    };
    format!("x,word,time,id\n{}", (0..40).map(row).collect::<String>())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    packed.write_all(bytes).expect("packs");
    packed.finish().expect("packs")
}

fn jsonl() -> String {
    let row = |i: i64| {
        format!("{{\"x\":{},\"word\":\"w\\u00e4{}\",\"flag\":true,\"id\":{}}}\n", i, i % 3, i << 55)
    };
    (0..30).map(row).collect()
}

fn requests() -> String {
    let line = |i: i64| {
        format!(
            "{{\"time\":\"2026-07-01T08:00:{:02}Z\",\"slot\":\"1.0.0\",\"rows\":2,\"mirrored\":false,\
             \"inputs\":{{\"x\":[{i},2],\"t\":[[1,2],[3,4]]}},\"outputs\":{{\"p\":[[0.1,0.9],[0.2,0.8]]}}}}\n",
            i % 60
        )
    };
    (0..20).map(line).collect()
}

fn collected() -> String {
    let event = |i: i64| {
        let kind = if i % 2 == 0 { "model_inputs" } else { "model_outputs" };
        let data = if i % 2 == 0 { "[{\"a\":1},{\"a\":2}]" } else { "[{\"y\":0.5},{\"y\":0.25}]" };
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{i}\",\"type\":\"azureml.inference.{kind}\",\
             \"time\":\"2026-07-01T08:00:00Z\",\"data\":{data},\"correlationid\":\"r{}\",\
             \"contentrange\":\"bytes 0-9/10\"}}\n",
            i / 2
        )
    };
    (0..20).map(event).collect()
}

fn profile() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("a.csv"), folder.path().join("a.profile.json"));
    std::fs::write(&data, csv()).expect("writes");
    let categories = vec!["word".to_owned()];
    let options = ReadOptions { categories, ..ReadOptions::default() };
    let opened = stream::open(&[data], &options).expect("opens");
    let found =
        profile_stream(&opened, &ProfileOptions::default(), Some("word")).expect("profiles");
    profile::write(&found, Path::new(&out)).expect("writes");
    std::fs::read(&out).expect("reads")
}
