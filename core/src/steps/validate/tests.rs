//! Validation end to end: a real git registry, a real store, real predictions.

use std::path::{Path, PathBuf};

use super::pinned::{Pinned, pinned};
use super::*;
use crate::adapters::programs::GroupPrograms;
use crate::adapters::registry::git::{GitRegistry, fixture};
use crate::adapters::scorer::onnx::OnnxScorer;
use crate::adapters::store::folder::FolderStore;
use crate::config::load::load_from;
use crate::config::valid::Config;
use crate::domain::digest::Digest;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::event::What;
use crate::domain::metric::Metrics;
use crate::domain::package::{FileEntry, Format, Manifest, Provenance};
use crate::domain::verdict::Verdict;
use crate::files::stream;
use crate::ports::registry::{Expected, Origin, Promotion, Registration, Registry, Wanted};
use crate::ports::store::ArtifactStore;
use crate::steps::package::transfer;
use crate::steps::promote::Pins;

const GATES: &str = "
gates:
  absolute: [{metric: roc-auc, min: 0.9}]
  non-inferiority: [{metric: roc-auc, margin: 0.02, resamples: 400}]
  signature: {}
  size: {max: 1MB}
  digest: {}
predictions: {label: y_true, score: challenger, champion: champion, slices: [y_true]}
";

/// A repository with a registry, a store and a configuration.
struct House {
    folder: tempfile::TempDir,
    registry: GitRegistry,
    store: FolderStore,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let work = folder.path().join("work");
        std::fs::create_dir(&work).expect("creates");
        fixture::git(&work, &["init", "-q", "-b", "main"]);
        let store = FolderStore::new(folder.path().join("store"));
        Self { registry: fixture::open(&work), store, folder }
    }

    fn config(&self, yaml: &str) -> Config {
        let file = self.folder.path().join("outerloop.yaml");
        std::fs::write(&file, format!("model: acme\n{yaml}")).expect("writes");
        load_from(&file).expect("loads")
    }

    fn csv(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).expect("writes");
        file
    }

    /// Registers a package whose one file holds `content`, with an AUC measured by training.
    fn register(&self, version: &str, content: &str, auc: f64) -> Digest {
        let source = self.csv(content, content);
        let file = FileEntry::of("model.onnx", content.as_bytes());
        let size = file.size;
        let manifest = Manifest {
            signature: Some(Default::default()),
            metrics: Metrics::from([("roc-auc".into(), auc)]),
            provenance: Provenance { commit: Some("c0ffee".into()), ..Provenance::default() },
            ..Manifest::of(Format::Onnx, vec![file])
        };
        let package = manifest.digest().expect("a digest");
        let at = transfer::address(&package, &manifest.files[0]);
        self.store.put_file(at, &source, &stream::silent).expect("stores");
        self.store.put_manifest(&manifest).expect("stores");
        let registration = Registration {
            model: "acme".parse().expect("a name"),
            wanted: Wanted::Exactly(version.parse().expect("a version")),
            digest: package,
            uri: self.store.uri(&package),
            format: Format::Onnx,
            bytes: size,
            commit: None,
            origin: Origin { actor: "ada".into(), ..Origin::default() },
        };
        self.registry.register(&registration).expect("registers").record.event
    }

    fn promote(&self, version: &str) {
        let promotion = Promotion {
            model: "acme".parse().expect("a name"),
            alias: "champion".parse().expect("an alias"),
            version: version.parse().expect("a version"),
            expected: Expected::Current,
            origin: Origin { actor: "ada".into(), ..Origin::default() },
        };
        self.registry.promote(&promotion).expect("promotes");
    }

    fn backends(&self) -> Backends<'_> {
        let (scorer, programs) = (&OnnxScorer, &GroupPrograms);
        Backends {
            registry: &self.registry,
            store: &self.store,
            scorer,
            programs,
            progress: &|_, _| {},
        }
    }

    fn validate(&self, version: &str, file: Option<&Path>, yaml: &str) -> Result<ValidateOutcome> {
        let input = ValidateInput {
            reference: format!("acme@{version}").parse()?,
            against: None,
            predictions: file.map(Path::to_owned),
            champion_predictions: None,
            data: None,
            fetched: Default::default(),
            origin: Origin { actor: "ada".into(), ..Origin::default() },
        };
        run(&input, &self.backends(), &self.config(yaml))
    }

    /// Two versions, of which the first is the champion.
    fn with_champion() -> Self {
        let house = Self::new();
        house.register("1.0.0", "first", 0.97);
        house.promote("1.0.0");
        house.register("1.1.0", "second", 0.98);
        house
    }
}

fn breast() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/eval/binary.csv")
}

fn codes(outcome: &ValidateOutcome) -> Vec<(&str, &str)> {
    let findings = &outcome.validation.findings;
    findings.iter().map(|f| (f.gate.as_str(), f.code.as_str())).collect()
}

#[test]
fn a_good_challenger_passes_and_the_history_says_so() {
    let house = House::with_champion();
    let outcome = house.validate("1.1.0", Some(&breast()), GATES).expect("validates");
    assert_eq!(outcome.validation.verdict, Verdict::Pass, "{}", outcome.markdown);
    let expected = [
        ("absolute", "within-bounds"),
        ("non-inferiority", "non-inferior"),
        ("signature", "signature-compatible"),
        ("size", "size-within-limit"),
        ("digest", "digest-matches"),
    ];
    assert_eq!(codes(&outcome), expected);
    let history = house.registry.history(&"acme".parse().expect("a name")).expect("a history");
    let last = history.last().expect("an event");
    assert_eq!(last.id, outcome.validation.event);
    assert_eq!(last.event.cause, Some(outcome.validation.challenger.event));
    let What::Validated(event) = &last.event.what else { panic!("is a validation") };
    assert_eq!(event.against.as_ref().map(ToString::to_string).as_deref(), Some("1.0.0"));
    assert_eq!(event.findings, outcome.validation.findings);
    assert!(house.registry.verify().expect("verifies").verified);
}

#[test]
fn a_worse_challenger_is_refused_with_the_numbers() {
    let house = House::with_champion();
    let swapped = GATES
        .replace("score: challenger, champion: champion", "score: champion, champion: challenger")
        .replace(
            "non-inferiority: [{metric: roc-auc, margin: 0.02",
            "superiority: [{metric: brier",
        );
    let outcome = house.validate("1.1.0", Some(&breast()), &swapped).expect("validates");
    assert_eq!(outcome.validation.verdict, Verdict::Fail);
    assert_eq!(codes(&outcome)[1], ("superiority", "not-superior"));
    let first: Vec<&str> = outcome.markdown.lines().take(3).collect();
    assert!(first[0].starts_with("**fail**: <code>acme@1.1.0</code>"), "{}", outcome.markdown);
    assert!(first[2].contains("brier is 0.07238 against the champion's 0.0503"), "{}", first[2]);
    let html = &outcome.html;
    for part in
        ["Validation of acme@1.1.0", "Difference from the champion", "ROC, precision", "c0ffee"]
    {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn the_first_version_is_warned_of_and_not_passed() {
    let house = House::new();
    house.register("1.0.0", "first", 0.97);
    let outcome = house.validate("1.0.0", None, GATES).expect("validates");
    assert_eq!(outcome.validation.verdict, Verdict::Warn);
    assert_eq!(
        codes(&outcome)[..2],
        [("absolute", "within-bounds"), ("non-inferiority", "no-champion")]
    );
    assert!(outcome.html.contains("As measured by training"));
}

#[test]
fn no_gates_and_no_rows_are_no_pass() {
    let house = House::with_champion();
    let outcome = house.validate(
        "1.1.0",
        Some(&breast()),
        "predictions: {label: y_true, score: challenger}\n",
    );
    assert_eq!(outcome.expect("validates").validation.verdict, Verdict::Inconclusive);
    let empty = house.csv("empty.csv", "y_true,challenger,champion\n");
    let outcome = house.validate("1.1.0", Some(&empty), GATES).expect("validates");
    assert_eq!(outcome.validation.verdict, Verdict::Error);
    assert_eq!(codes(&outcome)[1], ("non-inferiority", "no-rows"));
    let one: String = (0..50).map(|i| format!("1,0.{i},0.5\n")).collect();
    let one = house.csv("one.csv", &format!("y_true,challenger,champion\n{one}"));
    let outcome = house.validate("1.1.0", Some(&one), GATES).expect("validates");
    assert_eq!(codes(&outcome)[0], ("absolute", "one-class"));
    assert_eq!(codes(&outcome)[1], ("non-inferiority", "one-class"));
}

#[cfg(unix)]
#[test]
fn bytes_that_changed_in_the_store_fail_the_digest_gate() {
    let house = House::with_champion();
    let hex = Digest::of(b"second").hex();
    let blob = walk(&house.folder.path().join("store")).into_iter().find(|p| p.ends_with(&hex));
    let blob = blob.expect("the blob is stored under its digest");
    let mut permissions = std::fs::metadata(&blob).expect("is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(&blob, permissions).expect("may be written");
    std::fs::write(&blob, "forged").expect("writes");
    let outcome = house.validate("1.1.0", Some(&breast()), GATES).expect("validates");
    assert_eq!(codes(&outcome)[4], ("digest", "digest-mismatch"));
    assert_eq!(outcome.validation.verdict, Verdict::Fail);
}

#[cfg(unix)]
fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(|e| e.ok());
    entries.flat_map(|e| if e.path().is_dir() { walk(&e.path()) } else { vec![e.path()] }).collect()
}

#[test]
fn wrong_use_writes_nothing() {
    let house = House::with_champion();
    let name = "acme".parse().expect("a name");
    let before = house.registry.history(&name).expect("a history").len();
    let missing = house.folder.path().join("none.csv");
    assert!(house.validate("1.1.0", Some(&missing), GATES).is_err());
    assert!(house.validate("9.9.9", None, GATES).is_err());
    let text = house.csv("text.csv", "y_true,challenger,champion\n1,high,0.5\n0,low,0.2\n");
    let error = house.validate("1.1.0", Some(&text), GATES).expect_err("is refused");
    assert_eq!(error.kind(), ErrorKind::Input);
    let input = ValidateInput {
        reference: "acme@1.1.0".parse().expect("a reference"),
        against: Some("acme@1.1.0".parse().expect("a reference")),
        predictions: None,
        champion_predictions: None,
        data: None,
        fetched: Default::default(),
        origin: Origin::default(),
    };
    let error = run(&input, &house.backends(), &house.config(GATES));
    assert_eq!(error.expect_err("is refused").kind(), ErrorKind::Usage);
    assert_eq!(house.registry.history(&name).expect("a history").len(), before);
}

#[test]
fn slices_come_with_the_greatest_loss_first() {
    let house = House::with_champion();
    let mut text = "y_true,challenger,champion,group\n".to_owned();
    for i in 0..400 {
        let (label, group) = (i % 2, ["north", "south"][i / 2 % 2]);
        let noise = f64::from(i as u32 * 37 % 101) / 101.0;
        let skill = if group == "south" { 0.1 } else { 0.6 };
        let score = skill * label as f64 + (1.0 - skill) * noise;
        let champion = 0.4 * label as f64 + 0.6 * noise;
        text.push_str(&format!("{label},{score},{champion},{group}\n"));
    }
    text.push_str("1,0.5,0.5,tiny|<b>\n");
    let file = house.csv("slices.csv", &text);
    let gates = GATES.replace("slices: [y_true]", "slices: [group]");
    let outcome = house.validate("1.1.0", Some(&file), &gates).expect("validates");
    let slices = outcome.validation.slices.expect("there are slices");
    let levels: Vec<&str> = slices.rows.iter().map(|r| r.level.as_str()).collect();
    assert_eq!((levels, slices.left_out), (vec!["south", "north"], 1));
    assert!(slices.rows[0].gain.is_some_and(|g| g < 0.0));
    assert!(outcome.html.contains("group = south") && !outcome.html.contains("<b>"));
}

#[test]
fn an_evil_metric_name_stays_text_in_every_report() {
    let house = House::with_champion();
    let gates = "gates: {absolute: [{metric: \"a|b <img src=x> @acme\", min: 1}]}\n";
    let outcome = house.validate("1.1.0", None, gates).expect("validates");
    assert!(!outcome.html.contains("<img"));
    assert!(!outcome.markdown.contains("<img") && !outcome.markdown.contains("@acme/"));
    assert!(outcome.markdown.contains("a\\|b"));
}

#[test]
fn a_version_that_was_put_away_is_refused_however_good_it_is() {
    let house = House::with_champion();
    let (name, version) = ("acme".parse().expect("a name"), "1.1.0".parse().expect("a version"));
    house.registry.set_archived(&name, &version, true, &Origin::default()).expect("archives");
    let outcome = house.validate("1.1.0", Some(&breast()), GATES).expect("validates");
    assert_eq!(outcome.validation.verdict, Verdict::Fail);
    assert_eq!(codes(&outcome)[0], ("version", "version-archived"));
    assert_eq!(codes(&outcome).len(), 6, "the gates are asked all the same");
}

#[test]
fn a_pin_names_the_challenger_unless_it_changes_nothing() {
    let house = House::with_champion();
    let name = "acme".parse().expect("a name");
    let ask = |text: &str| {
        let pins = Pins::parse(text, Path::new("pins.yaml"))?;
        pinned(&pins, &name, &house.registry)
    };
    let Ok(Pinned::Challenger(record)) = ask("acme:\n  champion: 1.1.0\n") else {
        panic!("another version is a challenger")
    };
    assert_eq!(record.version.to_string(), "1.1.0");
    let before = house.registry.history(&name).expect("a history").len();
    let Ok(Pinned::Unchanged(told)) = ask("acme:\n  champion: 1.0.0\n") else {
        panic!("the champion itself is no challenger")
    };
    assert_eq!((told.verdict, &*told.findings[0].code), (Verdict::Pass, "pin-unchanged"));
    assert_eq!(house.registry.history(&name).expect("a history").len(), before);
    let text = crate::report::validate::comment(&told, 9_000);
    assert!(
        text.starts_with("**pass**: <code>acme@1.0.0</code> is where the alias points already.\n"),
        "{text}"
    );
    let missing = ask("acme:\n\n  champion: 9.9.9\n").expect_err("is refused");
    assert!(missing.to_string().starts_with("pins.yaml:3: "), "{missing}");
    assert!(ask("acme:\n  staging: 1.1.0\n").is_err());
}
