//! Packages of real models, and what is refused.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::adapters::host::TerminalHost;
use crate::domain::error::ErrorKind;
use crate::domain::package::Format;
use crate::steps::package::open;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name)
}

struct Scene {
    root: tempfile::TempDir,
    input: PackageInput,
}

impl Scene {
    /// A folder with an ONNX pipeline, metrics and a baseline.
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| root.path().join(name);
        fs::copy(fixture("pipeline.onnx"), at("model.onnx")).expect("copies");
        fs::write(at("metrics.json"), r#"{"test": {"roc-auc": 0.91}, "kind": "x"}"#)
            .expect("writes");
        let rows: String =
            (0..50).map(|i| format!("{},{},0.{i:02},1\n", 20 + i, 1 + i % 2)).collect();
        fs::write(at("baseline.csv"), format!("AGEP,SEX,prediction,label\n{rows}"))
            .expect("writes");
        let baseline = BaselineConfig {
            path: at("baseline.csv"),
            prediction: Some("prediction".to_owned()),
            label: Some("label".to_owned()),
            ignore: Vec::new(),
            categories: vec!["SEX".to_owned()],
            ..BaselineConfig::default()
        };
        let input = PackageInput {
            model: at("model.onnx"),
            out: at("package"),
            root: root.path().to_owned(),
            metrics: Some(at("metrics.json")),
            importances: None,
            baseline: Some(baseline),
            ..PackageInput::default()
        };
        Self { root, input }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn run(&self) -> Result<PackageOutcome> {
        run(&self.input, &TerminalHost::new(), &stream::silent)
    }

    /// Runs into an error, and checks that nothing was left behind.
    fn refused(&self, message: &str) -> Error {
        let before = fs::read_dir(self.root.path()).expect("lists").count();
        let error = self.run().expect_err("refused");
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint_text().is_some(), "{error} has no hint");
        assert_eq!(fs::read_dir(self.root.path()).expect("lists").count(), before, "left behind");
        error
    }
}

#[test]
fn a_package_holds_everything_and_opens_with_its_digest() {
    let mut scene = Scene::new();
    let cause = Digest::of(b"an event");
    scene.input.cause = Some(cause);
    scene.input.data.insert("train".to_owned(), scene.at("metrics.json"));
    let made = scene.run().expect("packages");
    let (manifest, digest) = open(&made.folder).expect("opens");
    assert_eq!((&manifest, digest), (&made.manifest, made.digest));
    assert_eq!(manifest.format, Format::Onnx);
    assert_eq!(manifest.files[0].path, "model.onnx");
    assert_eq!(made.bytes, fs::metadata(&scene.input.model).expect("stat").len());
    assert_eq!(manifest.metrics.get("test.roc-auc"), Some(&0.91));
    assert_eq!(made.warnings.len(), 1, "{:?}", made.warnings);
    assert_eq!(manifest.baseline.as_ref().map(|b| (b.rows, b.columns.len())), Some((50, 4)));
    let sample = manifest.sample.expect("a sample");
    assert_eq!(sample["inputs"][1]["data"], serde_json::json!([1]));
    assert_eq!(manifest.provenance.cause, Some(cause));
    let names: Vec<&String> = manifest.provenance.data.keys().collect();
    assert_eq!(names, ["baseline", "train"]);
}

#[test]
fn the_same_input_gives_the_same_digest_and_another_gives_another() {
    let scene = Scene::new();
    let first = scene.run().expect("packages").digest;
    assert_eq!(scene.run().expect("packages again").digest, first);
    fs::write(scene.at("metrics.json"), r#"{"test": {"roc-auc": 0.92}}"#).expect("writes");
    assert_ne!(scene.run().expect("packages").digest, first);
}

#[test]
fn a_folder_is_packaged_with_its_tree_and_progress_counts_its_bytes() {
    let mut scene = Scene::new();
    scene.input.model = fixture("mlflow");
    scene.input.baseline = None;
    let told = AtomicU64::new(0);
    let progress = |n| {
        told.fetch_add(n, Ordering::Relaxed);
    };
    let made = run(&scene.input, &TerminalHost::new(), &progress).expect("packages");
    assert_eq!(made.manifest.format, Format::Mlflow);
    assert_eq!(told.into_inner(), made.bytes);
    let paths: Vec<&str> = made.manifest.files.iter().map(|f| f.path.as_str()).collect();
    assert!(paths.is_sorted() && paths.contains(&"MLmodel"), "{paths:?}");
}

#[test]
fn wrong_metrics_models_and_baselines_leave_nothing_behind() {
    let mut scene = Scene::new();
    fs::write(scene.at("metrics.json"), "{\n\"auc\": NaN}").expect("writes");
    let error = scene.refused("`auc` is NaN");
    assert!(error.to_string().contains("metrics.json: line 2"), "{error}");
    scene.input.metrics = Some(scene.at("gone.json"));
    assert_eq!(scene.refused("gone.json").kind(), ErrorKind::NotFound);

    let mut scene = Scene::new();
    let model = fs::read(&scene.input.model).expect("reads");
    fs::write(&scene.input.model, &model[..model.len() / 2]).expect("writes");
    scene.refused("model.onnx is not a whole model file");
    scene.input.model = scene.at("gone.onnx");
    scene.refused("gone.onnx");

    let mut scene = Scene::new();
    fs::write(scene.at("baseline.csv"), "AGEP,SEX,prediction,label\n").expect("writes");
    scene.refused("baseline.csv");
    if let Some(baseline) = &mut scene.input.baseline {
        baseline.categories = vec!["SEXX".to_owned()];
    }
    scene.refused("`SEXX`");

    let mut scene = Scene::new();
    scene.input.data.insert("train".to_owned(), scene.at("gone.csv"));
    scene.refused("data `train`");
}

#[test]
fn a_foreign_folder_or_one_inside_the_model_is_no_target() {
    let mut scene = Scene::new();
    fs::create_dir(scene.at("package")).expect("makes");
    fs::write(scene.at("package/thesis.txt"), "years").expect("writes");
    scene.refused("holds files but no outerloop-package.json");
    scene.input.model = scene.root.path().to_owned();
    assert_eq!(scene.refused("lie in one another").kind(), ErrorKind::Usage);
}
