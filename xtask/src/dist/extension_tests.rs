use std::io::{Cursor, Read};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::dist::archive;

struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap() };
        tree.write("shim/index.js", "// runs");
        tree.write("overview.md", "# Acme & Co");
        for name in ["OuterloopInstaller", "OuterloopValidate"] {
            tree.task(name, "index.js", json!({"Major": 0, "Minor": 1, "Patch": 0}));
        }
        tree.manifest(json!({}));
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn task(&self, name: &str, target: &str, version: Value) {
        let execution = json!({"Node20_1": {"target": target}, "Node24": {"target": "index.js"}});
        let task = json!({"name": name, "version": version, "execution": execution});
        self.write(&format!("{name}/{name}V0/task.json"), &task.to_string());
    }

    fn manifest(&self, more: Value) {
        let mut manifest = json!({
            "manifestVersion": 1, "id": "outerloop", "name": "Outer<loop>", "version": "0.1.0",
            "publisher": "acme", "description": "\"Gates\" & more", "public": true,
            "targets": [{"id": "Microsoft.VisualStudio.Services"}],
            "categories": ["Azure Pipelines"], "tags": ["mlops"],
            "content": {"details": {"path": "overview.md"}},
            "files": [
                {"path": "OuterloopInstaller"}, {"path": "OuterloopValidate"},
                {"path": "shim", "packagePath": "OuterloopInstaller/OuterloopInstallerV0"},
                {"path": "shim", "packagePath": "/OuterloopValidate/OuterloopValidateV0"},
            ],
            "contributions": [{"id": "validate"}],
        });
        for (key, value) in more.as_object().unwrap() {
            manifest[key] = value.clone();
        }
        self.write("vss-extension.json", &manifest.to_string());
    }

    fn pack(&self) -> Result<Vec<u8>> {
        let release = release();
        let built = built();
        let packed: Vec<_> = built
            .iter()
            .map(|built| archive::pack(&release, built, self.folder.path()).unwrap())
            .collect();
        super::pack(self.folder.path(), &release, &Sums::of(&release, &packed), &built)
    }
}

fn release() -> Release {
    Release {
        version: "0.1.0".to_owned(),
        repository: "https://github.com/acme/outerloop".to_owned(),
        time: 1_700_000_000,
    }
}

fn built() -> Vec<Built> {
    let built = |target: &str, file_name| Built {
        target: target.to_owned(),
        file_name,
        bytes: target.repeat(1000).into_bytes(),
    };
    vec![
        built("aarch64-apple-darwin", "outerloop"),
        built("x86_64-pc-windows-msvc", "outerloop.exe"),
        built("x86_64-unknown-linux-gnu", "outerloop"),
    ]
}

fn unpacked(bytes: &[u8]) -> Entries {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries = Entries::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        entries.insert(file.name().to_owned(), bytes);
    }
    entries
}

#[test]
fn two_runs_give_the_same_bytes() {
    let (one, two) = (Tree::new(), Tree::new());
    assert!(one.pack().unwrap() == two.pack().unwrap());
    for built in built() {
        let name = format!("{}.tar.gz", release().name(&built.target));
        let read = |tree: &Tree| std::fs::read(tree.folder.path().join(&name)).unwrap();
        assert!(read(&one) == read(&two), "{name}");
    }
}

#[test]
fn every_task_has_the_shim_and_the_pins_and_the_installer_has_the_programs() {
    let entries = unpacked(&Tree::new().pack().unwrap());
    let paths: Vec<_> = entries.keys().map(String::as_str).collect();
    let expected = [
        "OuterloopInstaller/OuterloopInstallerV0/bin/x86_64-pc-windows-msvc/outerloop.exe",
        "OuterloopInstaller/OuterloopInstallerV0/bin/x86_64-unknown-linux-gnu/outerloop",
        "OuterloopInstaller/OuterloopInstallerV0/index.js",
        "OuterloopInstaller/OuterloopInstallerV0/pins.json",
        "OuterloopInstaller/OuterloopInstallerV0/task.json",
        "OuterloopValidate/OuterloopValidateV0/index.js",
        "OuterloopValidate/OuterloopValidateV0/pins.json",
        "OuterloopValidate/OuterloopValidateV0/task.json",
        "[Content_Types].xml",
        "extension.vsixmanifest",
        "extension.vsomanifest",
        "overview.md",
    ];
    assert_eq!(paths, expected);
    let pins = json(&entries["OuterloopValidate/OuterloopValidateV0/pins.json"]).unwrap();
    assert_eq!(pins["version"], "0.1.0");
    assert_eq!(pins["binaries"].as_object().unwrap().len(), 3);
}

#[test]
fn the_sums_are_those_of_the_files() {
    let tree = Tree::new();
    let (release, built) = (release(), built());
    let packed: Vec<_> =
        built.iter().map(|b| archive::pack(&release, b, tree.folder.path()).unwrap()).collect();
    let text = Sums::of(&release, &packed).text();
    let line = |bytes: &[u8], name: &str| {
        let sum: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        format!("{sum}  {name}")
    };
    let mut expected = Vec::new();
    for built in &built {
        let name = release.name(&built.target);
        let archive = format!("{name}.tar.gz");
        let bytes = std::fs::read(tree.folder.path().join(&archive)).unwrap();
        let inside = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", built.file_name];
        let paths: Vec<_> = members(&bytes).into_keys().collect();
        assert_eq!(paths, inside.map(|file| format!("{name}/{file}")));
        let program = format!("{name}/{}", built.file_name);
        expected.push(line(&bytes, &archive));
        expected.push(line(&members(&bytes)[&program], &program));
    }
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

fn members(archive: &[u8]) -> Entries {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut members = Entries::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        members.insert(entry.path().unwrap().display().to_string(), bytes);
    }
    members
}

#[test]
fn the_gallery_reads_escaped_text() {
    let entries = unpacked(&Tree::new().pack().unwrap());
    let xml = String::from_utf8(entries["extension.vsixmanifest"].clone()).unwrap();
    for part in [
        "<DisplayName>Outer&lt;loop&gt;</DisplayName>",
        "&quot;Gates&quot; &amp; more",
        "<GalleryFlags>Public</GalleryFlags>",
        r#"Type="Microsoft.VisualStudio.Services.Content.Details" d:Source="File" Path="overview.md""#,
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
    let types = String::from_utf8(entries["[Content_Types].xml"].clone()).unwrap();
    assert!(types.contains("x86_64-unknown-linux-gnu/outerloop\""), "{types}");
}

#[test]
fn what_an_agent_would_trip_over_is_refused() {
    let tree = Tree::new();
    tree.task("OuterloopValidate", "run.js", json!({"Major": 0, "Minor": 1, "Patch": 0}));
    assert!(tree.pack().unwrap_err().contains("`run.js`, which is not there"));
    tree.task("OuterloopValidate", "index.js", json!({"Major": 0, "Minor": 0, "Patch": 9}));
    assert!(tree.pack().unwrap_err().contains("version 0.0.9"));
    let tree = Tree::new();
    tree.manifest(json!({"baseUri": "https://acme.example"}));
    assert!(tree.pack().unwrap_err().contains("`baseUri` is not carried over"));
    tree.manifest(json!({"content": {"details": {"path": "gone.md"}}}));
    assert!(tree.pack().unwrap_err().contains("gone.md"));
    tree.manifest(json!({"version": "0.2.0"}));
    assert!(tree.pack().unwrap_err().contains("not version 0.1.0"));
}
