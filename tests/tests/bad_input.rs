//! Bad input through the binary: each gives the documented exit code, names the place, says what to
//! do, and leaves nothing half-written behind.

use std::path::Path;
use std::process::{Command, Stdio};

use outerloop_tests::{Ran, Workshop};

const CONFIG: &str = "model: acme
package: {path: model.bin, metrics: metrics.json}
gates:
  absolute:
    - {metric: roc-auc, min: 0.6}
";

/// A model with a configuration and a good metric, registered as 1.0.0.
fn registered() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", CONFIG);
    workshop.write("metrics.json", r#"{"roc-auc": 0.9}"#);
    workshop.register("acme", "one").exits(0);
    workshop
}

/// Standard output and standard error, for verdicts, which are data.
fn all(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

fn no_panic(ran: &Ran) {
    assert!(!all(ran).contains("panicked"), "{ran:?}");
}

/// Nothing that was being written: temporary names begin with `.new-`.
fn nothing_half_written(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("reads") {
        let path = entry.expect("reads").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(!name.starts_with(".new-"), "{} was left", path.display());
        if path.is_dir() && name != ".git" {
            nothing_half_written(&path);
        }
    }
}

#[test]
fn a_value_of_the_wrong_type_names_line_key_and_type() {
    let workshop = Workshop::new();
    for (text, place, expected) in [
        ("endpoints:\n  prod:\n    port: 99999999\n", "3:11: `port`: `99999999`", "65535"),
        ("predictions:\n  threshold: high\n", "2:14: `threshold`: `high`", "a number"),
        ("predictions:\n  slices: SEX\n", "2:11: `slices`: `SEX`", "a list"),
        ("package:\n  baseline: x.csv\n", "2:13: `baseline`: `x.csv`", "a mapping"),
        ("endpoints:\n  prod:\n    prt: 1\n", "3:5: unknown key `prt`", "did you mean `port`"),
        ("model: a\nmodel: b\n", "2:1: the key `model` is written twice", "keep one"),
        ("monitor:\n  psi: .nan\n", "2: `monitor.psi` is NaN", "above 0"),
        ("gates:\n  absolute:\n    - {metric: f1}\n", "2: `gates.absolute`", "at least one bound"),
    ] {
        workshop.write("outerloop.yaml", text);
        let ran = workshop.run(&["show"]).exits(2).says(place).says(expected).says("hint:");
        no_panic(&ran);
    }
    workshop.write("outerloop.yaml", b"model: acme\nstore: {path: \xff}\n");
    workshop.run(&["show"]).exits(2).says("outerloop.yaml:2 is not UTF-8").says("hint:");
}

#[test]
fn metrics_that_are_no_numbers_are_refused_by_key() {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", CONFIG);
    workshop.write("model.bin", "one");
    for (text, said) in [
        ("{\n\"roc-auc\": NaN}", "line 2: the metric `roc-auc` is NaN"),
        ("{\"roc-auc\": -Infinity}", "`roc-auc` is -Infinity"),
        ("{\"test\": {\"roc-auc\": \"0.91\"}}", "`test.roc-auc` is the text \"0.91\""),
        ("{\"roc-auc\": 0.9", "line 1"),
    ] {
        workshop.write("metrics.json", text);
        let ran = workshop.run(&["package"]).exits(2).says("metrics.json").says(said);
        no_panic(&ran.says("hint:"));
        assert!(!workshop.path().join("outerloop-package").exists());
        nothing_half_written(workshop.path());
    }
}

#[test]
fn a_gate_whose_metric_is_missing_never_passes() {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", CONFIG);
    for text in [r#"{"f1": 0.9}"#, r#"{"roc-auc": null}"#, "{}"] {
        workshop.write("metrics.json", text);
        workshop.register("acme", text).exits(0);
        let ran = workshop.run(&["validate", "acme", "--json"]).exits(1).json();
        assert_eq!(ran["verdict"], "error", "{ran}");
        assert_eq!(ran["gates"][0]["code"], "metric-missing", "{ran}");
        assert!(ran["gates"][0]["hint"].is_string(), "{ran}");
    }
}

#[test]
fn predictions_that_cannot_be_read_name_file_line_and_column() {
    let workshop = registered();
    for (name, content, said) in [
        ("missing.csv", &b"label,scroe\n1,0.5\n0,0.2\n"[..], "did you mean `scroe`"),
        ("mixed.csv", b"label,score\n1,0.5\n0,high\n", "text such as `high` in row 2"),
        ("labels.csv", b"label,score\n1,0.5\nyes,0.2\n", "the label `yes`"),
        ("ragged.csv", b"label,score\n1,0.5\n0,0.2,7\n", "ragged.csv:3 has 3 fields"),
        ("quote.csv", b"label,score\n1,\"0.5\n0,0.2\n", "quote.csv:2 opens a quote"),
        ("bytes.csv", b"label,score\n1,\xff\n", "bytes.csv:2 is not UTF-8"),
        ("empty.csv", b"", "empty.csv is empty"),
        ("mixed.jsonl", b"{\"label\":1,\"score\":0.5}\n{\"label\":0,\"score\":\"x\"}\n", "line 2"),
        ("cut.jsonl", b"{\"label\":1,\"score\":0.5}\n{\"label\":0,\"sco", "cut.jsonl:2"),
    ] {
        workshop.write(name, content);
        let ran = workshop.run(&["validate", "acme@1.0.0", "--predictions", name]).exits(2);
        no_panic(&ran.says(name).says(said).says("hint:"));
    }
    workshop
        .run(&["validate", "acme@1.0.0", "--predictions", "nowhere.csv"])
        .exits(2)
        .says("nowhere.csv")
        .says("hint:");
    let history = workshop.run(&["history", "acme", "--json"]).exits(0).json();
    assert_eq!(history["events"].as_array().map(Vec::len), Some(1), "no verdict was recorded");
}

#[test]
fn rows_that_show_nothing_never_pass() {
    let workshop = registered();
    let one_class = format!("label,score\n{}", "1,0.5\n".repeat(300));
    let not_finite = format!("label,score\n{}1,inf\n", "1,0.9\n0,0.1\n".repeat(300));
    for (content, code) in [
        ("label,score\n", "no-rows"),
        (one_class.as_str(), "one-class"),
        (not_finite.as_str(), "not-a-number"),
        ("label,score\n2,0.5\n1,0.2\n0,0.1\n", "\""),
    ] {
        workshop.write("p.csv", content);
        let arguments = ["validate", "acme@1.0.0", "--predictions", "p.csv", "--json"];
        let ran = workshop.run(&arguments).exits(1);
        assert!(ran.stdout.contains(code), "{code}: {}", ran.stdout);
        assert_eq!(ran.json()["verdict"], "error", "{code}");
    }
}

/// Where the Parquet file of the example may be cut or overwritten.
#[test]
fn a_damaged_parquet_file_is_refused_wherever_it_is_damaged() {
    let workshop = registered();
    let file = workshop.copy("examples/employment/data/2018-households.parquet", "whole.parquet");
    let whole = std::fs::read(file).expect("reads");
    for share in [0, 1, 25, 50, 75, 99] {
        workshop.write("cut.parquet", &whole[..whole.len() * share / 100]);
        let arguments = ["compare", "whole.parquet", "cut.parquet"];
        let ran = workshop.run(&arguments).exits(2).says("cut.parquet").says("hint:");
        no_panic(&ran);
    }
    for at in (4..whole.len() - 2000).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[at..at + 200].fill(0xff);
        workshop.write("damaged.parquet", damaged);
        let ran = workshop.run(&["compare", "whole.parquet", "damaged.parquet"]);
        assert!((0..=4).contains(&ran.code) && ran.code != 3, "{at}: {ran:?}");
        no_panic(&ran);
    }
}

#[test]
fn a_model_file_cut_short_is_no_package() {
    let workshop = Workshop::new();
    for (folder, name) in [
        ("formats", "model.gguf"),
        ("formats", "model.h5"),
        ("formats", "model.joblib"),
        ("formats", "model.keras"),
        ("formats", "model.pkl"),
        ("formats", "model.pt"),
        ("formats", "model.safetensors"),
        ("formats", "pipeline.onnx"),
        ("serve", "employment.onnx"),
    ] {
        let whole = outerloop_tests::repository_file(&format!("core/testdata/{folder}/{name}"));
        let whole = std::fs::read(whole).expect("reads");
        for tenths in [0, 5, 9] {
            workshop.write(name, &whole[..whole.len() * tenths / 10]);
            let ran = workshop.run(&["package", "--model", name, "--out", "out"]);
            no_panic(&ran.exits(2).says(name).says("hint:"));
            assert!(!workshop.path().join("out").exists());
            nothing_half_written(workshop.path());
        }
    }
}

#[test]
fn a_package_that_was_changed_is_not_registered() {
    let workshop = Workshop::new();
    workshop.write("model.bin", "one");
    workshop.run(&["package", "--model", "model.bin"]).exits(0);
    let file = workshop.path().join("outerloop-package/files/model.bin");
    std::fs::remove_file(&file).expect("removes");
    std::fs::write(&file, "two").expect("writes");
    let ran = workshop.run(&["register", "--name", "acme"]);
    ran.exits(3).says("model.bin").says("hint:");
    workshop.write("outerloop-package/outerloop-package.json", "{");
    let ran = workshop.run(&["register", "--name", "acme"]);
    ran.exits(2).says("outerloop-package.json").says("hint:");
    assert_eq!(workshop.run(&["show", "--json"]).json()["models"], serde_json::json!([]));
}

#[test]
fn of_two_promotions_at_once_exactly_one_wins() {
    let workshop = registered();
    workshop.register("acme", "two").exits(0);
    workshop.register("acme", "three").exits(0);
    for _ in 0..10 {
        workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
        let start = |challenger: &str| {
            let arguments =
                ["promote", challenger, "--to", "champion", "--expect", "acme@1.0.0", "--json"];
            let mut command = workshop.command(&arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
        };
        let both = [start("acme@1.1.0"), start("acme@1.2.0")];
        let outs = both.map(|child| child.wait_with_output().expect("ends"));
        let mut codes = outs.each_ref().map(|out| out.status.code());
        codes.sort();
        assert_eq!(codes, [Some(0), Some(1)], "{outs:?}");
        let lost = outs.iter().find(|out| out.status.code() == Some(1)).expect("one lost");
        let said = String::from_utf8_lossy(&lost.stderr).into_owned();
        assert!(said.contains("champion") && said.contains("hint:"), "{said}");
    }
    workshop.run(&["history", "acme", "--verify"]).exits(0);
}

#[test]
fn a_registry_reference_that_was_moved_or_damaged_is_noticed_and_kept() {
    let workshop = registered();
    let reference = workshop.path().join(".git/refs/outerloop/registry");
    let good = std::fs::read(&reference).expect("reads");
    let head = workshop.git(&["rev-parse", "HEAD"]);
    workshop.write("blob", "hello");
    let blob = workshop.git(&["hash-object", "-w", "blob"]);
    let lost = "0123456789012345678901234567890123456789".to_owned();
    for bad in [head, blob, lost, "garbage".to_owned()] {
        std::fs::write(&reference, format!("{bad}\n")).expect("writes");
        for arguments in [
            &["show"][..],
            &["promote", "acme@1.0.0", "--to", "champion"],
            &["register", "--name", "acme"],
        ] {
            let ran = workshop.run(arguments);
            no_panic(&ran.exits(3).says("registry").says("hint:"));
        }
        workshop.run(&["history", "acme", "--verify"]).exits(3);
        let now = std::fs::read_to_string(&reference).expect("reads");
        assert_eq!(now.trim(), bad, "nothing was written over it");
    }
    std::fs::write(&reference, good).expect("writes");
    workshop.run(&["history", "acme", "--verify"]).exits(0);
}

/// A file system of a few kilobytes, unmounted when dropped.
struct SmallDisk<'w>(&'w Path);

impl<'w> SmallDisk<'w> {
    /// Mounts it.
    ///
    /// # Panics
    /// This user may not mount.
    fn mount(at: &'w Path, size: &str) -> Self {
        std::fs::create_dir_all(at).expect("creates");
        let option = format!("size={size}");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &option, "tmpfs"]).arg(at).status();
        assert!(mounted.is_ok_and(|s| s.success()), "a small tmpfs cannot be mounted (needs root)");
        Self(at)
    }

    fn fill(&self) {
        let _ = std::fs::write(self.0.join("filler"), vec![0; 4 << 20]);
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("removes");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
#[ignore = "needs root, to mount a small file system"]
fn a_full_disk_leaves_everything_as_it_was() {
    let workshop = Workshop::new();
    let small = workshop.path().join("small");
    let disk = SmallDisk::mount(&small, "2m");
    workshop.write("big.bin", vec![7; 3 << 20]);
    let full = |ran: Ran| no_panic(&ran.exits(3).says("disk is full"));
    full(workshop.run(&["package", "--model", "big.bin", "--out", "small/out"]));
    assert!(!small.join("out").exists());
    nothing_half_written(&small);

    workshop.write("outerloop.yaml", "model: acme\nstore: {path: small/store}\n");
    workshop.run(&["package", "--model", "big.bin", "--out", "out"]).exits(0);
    full(workshop.run(&["register", "--package", "out"]));
    assert_eq!(workshop.run(&["show", "--json"]).json()["models"], serde_json::json!([]));
    nothing_half_written(&small);
    disk.fill();
    workshop.write("model.bin", "one");
    workshop.run(&["package", "--model", "model.bin", "--out", "out"]).exits(0);
    full(workshop.run(&["register", "--package", "out"]));
    disk.free();
    workshop.run(&["register", "--package", "out"]).exits(0);
    disk.fill();
    workshop.run(&["pull", "acme", "--out", "there"]).exits(2).says("champion");
    full(workshop.run(&["pull", "acme@1.0.0", "--out", "small/there"]));
    assert!(!small.join("there").exists());
}

#[test]
#[ignore = "needs root, to mount a small file system"]
fn a_full_disk_under_the_registry_moves_no_alias() {
    let workshop = registered();
    let objects = workshop.path().join(".git/objects");
    let aside = workshop.path().join("objects");
    std::fs::rename(&objects, &aside).expect("moves");
    let disk = SmallDisk::mount(&objects, "400k");
    let copied = Command::new("cp").arg("-r").arg(aside.join(".")).arg(&objects).status();
    assert!(copied.is_ok_and(|s| s.success()));
    disk.fill();
    let ran = workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]);
    no_panic(&ran.exits(3).says("disk is full"));
    disk.free();
    let shown = workshop.run(&["show", "acme", "--json"]).exits(0).json();
    assert_eq!(shown["models"][0]["aliases"], serde_json::json!({}), "{shown}");
    workshop.run(&["history", "acme", "--verify"]).exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
}
