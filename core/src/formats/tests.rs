//! Every format on real files, whole and cut short.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::domain::error::ErrorKind;
use crate::domain::signature::{DataType, Tensor};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name)
}

fn inspected(name: &str) -> Inspection {
    inspect(&fixture(name)).expect(name)
}

fn detail<'a>(inspection: &'a Inspection, key: &str) -> &'a str {
    inspection.details.get(key).map(String::as_str).unwrap_or_default()
}

fn tensor(name: &str, datatype: DataType, shape: &[Option<u64>]) -> Tensor {
    Tensor { name: name.to_owned(), datatype, shape: shape.to_vec(), optional: false }
}

fn copied_folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(fixture(name)).expect("lists") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copies");
    }
    folder
}

#[test]
fn each_file_is_known_by_its_content_whatever_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, format, key, value) in [
        ("pipeline.onnx", Format::Onnx, "opset", "18"),
        ("model.safetensors", Format::Safetensors, "tensors", "2"),
        ("model.gguf", Format::Gguf, "architecture", "llama"),
        ("model.pt", Format::Torch, "storages", "1"),
        ("model.keras", Format::Keras, "container", "zip"),
        ("model.h5", Format::Keras, "container", "hdf5"),
        ("model.pkl", Format::Pickle, "protocol", "4"),
        ("model.joblib", Format::Pickle, "writer", "joblib"),
        ("zlib.joblib", Format::Pickle, "compression", "zlib"),
        ("gzip.joblib", Format::Pickle, "compression", "gzip"),
        ("plain.zip", Format::Generic, MODEL_FILE, "nameless"),
        ("make.py", Format::Generic, MODEL_FILE, "nameless"),
    ] {
        let nameless = folder.path().join("nameless");
        fs::copy(fixture(name), &nameless).expect("copies");
        let inspection = inspect(&nameless).expect(name);
        assert_eq!(inspection.format, format, "{name}");
        assert_eq!(detail(&inspection, key), value, "{name}: {:?}", inspection.details);
    }
}

#[test]
fn every_cut_of_a_model_file_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [
        "pipeline.onnx",
        "model.safetensors",
        "model.gguf",
        "model.keras",
        "model.pt",
        "model.h5",
        "model.pkl",
        "model.joblib",
        "zlib.joblib",
        "gzip.joblib",
    ] {
        let whole = fs::read(fixture(name)).expect("reads");
        let cut = folder.path().join(name);
        let compressed = name.starts_with("zlib") || name.starts_with("gzip");
        // Shorter than a magic number, or than what inflates to one, it may be anything.
        let least = if compressed { 128 } else { 16 };
        for length in (least..whole.len()).step_by(whole.len().div_ceil(400)).chain([0]) {
            // Chance made the last byte a pickle's STOP.
            if whole[..length].last() == Some(&b'.') {
                continue;
            }
            fs::write(&cut, &whole[..length]).expect("writes");
            match inspect(&cut) {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Input, "{name} at {length}: {error}");
                    assert!(error.to_string().contains(name), "{error}");
                }
                Ok(found) => panic!("{name} at {length} of {}: {found:?}", whole.len()),
            }
        }
    }
}

#[test]
fn an_onnx_pipeline_tells_its_columns_and_outputs() {
    let inspection = inspected("pipeline.onnx");
    let signature = inspection.signature.as_ref().expect("a signature");
    let column = [None, Some(1)];
    assert_eq!(
        signature.inputs,
        [tensor("AGEP", DataType::Fp32, &column), tensor("SEX", DataType::Int64, &column)]
    );
    assert_eq!(signature.outputs[0], tensor("label", DataType::Int64, &[None]));
    assert_eq!(signature.outputs[1], tensor("probabilities", DataType::Fp32, &[None, Some(2)]));
    assert!(detail(&inspection, "producer").starts_with("skl2onnx"), "{:?}", inspection.details);
    assert!(detail(&inspection, "opsets").contains("ai.onnx.ml"), "{:?}", inspection.details);
}

#[test]
fn external_weights_must_be_there_whole_and_inside() {
    let inspection = inspected("external");
    assert_eq!(detail(&inspection, "external-data"), "weights.bin");
    assert_eq!(detail(&inspection, MODEL_FILE), "linear.onnx");
    let inputs = inspection.signature.expect("a signature").inputs;
    assert_eq!(inputs, [tensor("X", DataType::Fp32, &[None, Some(4)])], "B is an initializer");

    let folder = copied_folder("external");
    let weights = folder.path().join("weights.bin");
    fs::write(&weights, b"short").expect("writes");
    let error = inspect(folder.path()).expect_err("refused");
    assert!(error.to_string().contains("weights.bin is not a whole"), "{error}");
    fs::remove_file(&weights).expect("removes");
    let error = inspect(folder.path()).expect_err("refused");
    assert!(error.to_string().contains("`weights.bin`, which is not there"), "{error}");

    let model = folder.path().join("linear.onnx");
    let bytes = fs::read(&model).expect("reads");
    let at = bytes.windows(11).position(|w| w == b"weights.bin").expect("the location");
    for evil in [b"../eights.b", b"/eights.bin", b"w/../ts.bin"] {
        let mut changed = bytes.clone();
        changed[at..at + 11].copy_from_slice(evil);
        fs::write(&model, changed).expect("writes");
        let error = inspect(folder.path()).expect_err("refused");
        assert!(error.to_string().contains("outside its folder"), "{error}");
    }
}

#[test]
fn an_mlflow_folder_tells_signature_flavors_and_environment() {
    let inspection = inspected("mlflow");
    assert_eq!(inspection.format, Format::Mlflow);
    assert_eq!(detail(&inspection, "flavors"), "python_function");
    assert!(inspection.environment[0].starts_with("python==3.11"), "{:?}", inspection.environment);
    assert_eq!(inspection.environment[1..], ["mlflow-skinny", "pandas"]);
    let signature = inspection.signature.expect("a signature");
    assert_eq!(signature.inputs[0], tensor("AGEP", DataType::Fp64, &[None]));
    let sex = Tensor { optional: true, ..tensor("SEX", DataType::Int64, &[None]) };
    assert_eq!(signature.inputs[1], sex);

    let folder = copied_folder("mlflow");
    fs::remove_file(folder.path().join("requirements.txt")).expect("removes");
    let environment = inspect(folder.path()).expect("inspects").environment;
    assert_eq!(environment[1..], ["mlflow-skinny", "pandas"], "of conda.yaml");
    fs::remove_file(folder.path().join("python_model.pkl")).expect("removes");
    let error = inspect(folder.path()).expect_err("refused");
    assert!(error.to_string().contains("`python_model.pkl`, which is not there"), "{error}");
    fs::write(folder.path().join("MLmodel"), "flavors: [").expect("writes");
    let error = inspect(folder.path()).expect_err("refused");
    assert!(error.to_string().contains("MLmodel"), "{error}");
}

#[test]
fn a_saved_model_is_known_and_its_cut_refused() {
    assert_eq!(inspected("saved_model").format, Format::Tensorflow);
    let folder = copied_folder("saved_model");
    fs::write(folder.path().join("saved_model.pb"), [0x08, 0x01, 0x12, 0x09, 0x0a])
        .expect("writes");
    let error = inspect(folder.path()).expect_err("refused");
    assert!(error.to_string().contains("saved_model.pb"), "{error}");
}

#[test]
fn a_folder_takes_the_format_of_its_main_model() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |from: &str, to: &str| {
        fs::copy(fixture(from), folder.path().join(to)).expect("copies");
    };
    let found = || inspect(folder.path()).expect("inspects");
    put("make.py", "train.py");
    assert_eq!(found().format, Format::Generic);
    put("model.safetensors", "weights-1.safetensors");
    put("model.safetensors", "weights-2.safetensors");
    assert_eq!(found().format, Format::Safetensors);
    assert_eq!(detail(&found(), "model-files"), "2");
    put("model.pkl", "encoder.pkl");
    assert_eq!(found().format, Format::Generic);
    put("pipeline.onnx", "model.onnx");
    assert_eq!((found().format, detail(&found(), MODEL_FILE)), (Format::Onnx, "model.onnx"));
    fs::write(folder.path().join("requirements.txt"), "# pins\nonnx==1.0 # here\n\n")
        .expect("writes");
    assert_eq!(found().environment, ["onnx==1.0"]);
}

#[test]
fn tensors_that_overlap_or_leave_gaps_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.safetensors");
    let entry = |name: &str, from: u64, to: u64| {
        format!(r#""{name}":{{"dtype":"F32","shape":[1],"data_offsets":[{from},{to}]}}"#)
    };
    for (header, why) in [
        (format!("{{{},{}}}", entry("a", 0, 4), entry("b", 0, 4)), "overlaps"),
        (format!("{{{},{}}}", entry("a", 0, 4), entry("b", 8, 12)), "gap"),
        (format!("{{{}}}", entry("a", 0, 8)), "another size"),
        (format!("{{{}}}", entry("a", 0, 4)), "belong to no tensor"),
        (format!("{{{}}}", entry("a", 20, 24)), "ends inside"),
        ("{nonsense".to_owned(), "not JSON"),
    ] {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([0; 12]);
        fs::write(&path, bytes).expect("writes");
        let error = inspect(&path).expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn large_weights_are_skipped_not_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("big.onnx");
    let varint = |mut n: u64| {
        let mut bytes = Vec::new();
        while n >= 0x80 {
            bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    };
    let raw = 3u64 << 30;
    let raw_field = [vec![0x4a], varint(raw)].concat();
    let tensor = raw + raw_field.len() as u64;
    let tensor_field = [vec![0x2a], varint(tensor)].concat();
    let graph = tensor + tensor_field.len() as u64;
    let start = [vec![0x08, 8, 0x3a], varint(graph), tensor_field, raw_field].concat();
    fs::write(&path, &start).expect("writes");
    let file = fs::File::options().append(true).open(&path).expect("opens");
    file.set_len(start.len() as u64 + raw).expect("a sparse file");
    drop(file);
    let error = inspect(&path).expect_err("no operator set yet");
    assert!(error.to_string().contains("no operator set"), "{error}");
    let mut bytes = fs::File::options().append(true).open(&path).expect("opens");
    std::io::Write::write_all(&mut bytes, &[0x42, 2, 0x10, 18]).expect("writes");
    let before = std::time::Instant::now();
    assert_eq!(inspect(&path).expect("inspects").format, Format::Onnx);
    assert!(before.elapsed().as_millis() < 200, "3 GiB were read");
}
