//! The promises of [`ArtifactStore`].

use std::path::Path;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::{FileEntry, Format, Manifest};
use crate::files::stream::silent;
use crate::ports::store::{ArtifactStore, FileAddress};

/// A fresh, empty store, and a hand behind its back.
pub trait Subject: Sync {
    /// The store.
    fn store(&self) -> &dyn ArtifactStore;
    /// Replaces a stored file with other bytes, as a damaged disk or a person would.
    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]);
    /// Replaces a stored manifest with other bytes.
    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]);
    /// How many files and manifests, whole or not, the store keeps.
    fn kept(&self) -> usize;
    /// Whether putting a file again replaces one that was cut short. A server that believes its own
    /// digests does not.
    fn heals(&self) -> bool {
        true
    }
}

/// Makes a subject.
pub type Make<'a> = &'a dyn Fn() -> Box<dyn Subject + 'a>;

/// Runs the whole suite.
///
/// # Errors
/// The first promise that does not hold, by its name, and what happened instead.
pub fn run(make: Make<'_>) -> Result<()> {
    for (name, promise) in PROMISES {
        let subject = make();
        let folder = tempfile::tempdir()
            .map_err(|e| Error::io("make", Path::new("a temporary folder"), e))?;
        promise(subject.as_ref(), folder.path()).map_err(|e| e.during(*name))?;
    }
    Ok(())
}

type Promise = fn(&dyn Subject, &Path) -> Result<()>;

const PROMISES: &[(&str, Promise)] = &[
    ("a package that is put can be got", round_trip),
    ("a large file survives the way through", large_file),
    ("an unknown package is not found", unknown),
    ("a package is visible only when it is whole", visible_when_whole),
    ("a package whose storing ends half-way is completed by the next try", ends_half_way),
    ("a file with another digest is refused and not kept", wrong_digest),
    ("putting twice does nothing", twice),
    ("equal files do not disturb each other", equal_files),
    ("a tampered file is refused and leaves nothing", tampered_file),
    ("a tampered manifest is refused", tampered_manifest),
    ("a file cut short is refused, and healed by putting it again", cut_short),
    ("many may put the same and different packages at once", concurrent),
];

fn expect(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::internal(what)) }
}

fn expect_kind<T>(result: Result<T>, kind: ErrorKind) -> Result<()> {
    match result {
        Ok(_) => Err(Error::internal(format!("succeeded, expected {kind:?}"))),
        Err(e) if e.kind() == kind => Ok(()),
        Err(e) => Err(Error::internal(format!("expected {kind:?}, got {:?}: {e}", e.kind()))),
    }
}

/// A package in memory.
struct Sample {
    manifest: Manifest,
    package: Digest,
    contents: Vec<Vec<u8>>,
}

impl Sample {
    fn of(files: &[(&str, &[u8])]) -> Result<Self> {
        let mut files = files.to_vec();
        files.sort_by_key(|(path, _)| *path);
        let entries = files.iter().map(|(path, bytes)| FileEntry::of(path, bytes)).collect();
        let manifest = Manifest::of(Format::Generic, entries);
        let package = manifest.digest()?;
        Ok(Self { manifest, package, contents: files.iter().map(|(_, b)| b.to_vec()).collect() })
    }

    fn at(&self, index: usize) -> FileAddress<'_> {
        let FileEntry { path, digest, .. } = &self.manifest.files[index];
        FileAddress { package: &self.package, path, digest }
    }

    fn put_files(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        for (index, content) in self.contents.iter().enumerate() {
            let source = folder.join("in");
            write(&source, content)?;
            store.put_file(self.at(index), &source, &silent)?;
            expect(source.is_file(), "the source is gone")?;
            // Those who store by linking would change with the source.
            write(&source, b"the source changes afterwards")?;
            remove(&source)?;
        }
        Ok(())
    }

    fn put(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        self.put_files(store, folder)?;
        let digest = store.put_manifest(&self.manifest)?;
        expect(digest == self.package, "another digest came back")
    }

    fn check(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        expect(store.contains(&self.package)?, "it does not contain what was put")?;
        let bytes = store.get_manifest(&self.package)?;
        expect(bytes == self.manifest.to_bytes()?, "another manifest came back")?;
        for (index, content) in self.contents.iter().enumerate() {
            let target = folder.join("deep/out");
            store.get_file(self.at(index), &target, &silent)?;
            let back = std::fs::read(&target).map_err(|e| Error::io("read", &target, e))?;
            expect(back == *content, "other bytes came back")?;
            remove(&target)?;
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|e| Error::io("write", path, e))
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|e| Error::io("remove", path, e))
}

fn is_empty(folder: &Path) -> Result<()> {
    let left = std::fs::read_dir(folder).map_err(|e| Error::io("list", folder, e))?.count();
    expect(left == 0, "something was left at the target")
}

fn round_trip(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let hostile: Vec<u8> = (0..=255).collect();
    let sample = Sample::of(&[
        ("a/model.bin", b"weights"),
        ("empty", b""),
        ("a b/ü#?&+%25;=.bin", &hostile),
        ("-rf <i>'\"$(x)`y`.onnx", b"names are text"),
        ("模型/🙂/e\u{301}.txt", b"unicode"),
        (".hidden", b"."),
    ])?;
    sample.put(subject.store(), folder)?;
    sample.check(subject.store(), folder)?;
    expect(!subject.store().uri(&sample.package).is_empty(), "it has no address")
}

fn large_file(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let bytes: Vec<u8> = (0..20_000_003u32).map(|i| (i % 253) as u8).collect();
    let sample = Sample::of(&[("model.bin", &bytes)])?;
    sample.put(subject.store(), folder)?;
    sample.check(subject.store(), folder)
}

fn unknown(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("model.bin", b"never stored")])?;
    let (store, target) = (subject.store(), folder.join("out"));
    expect(!store.contains(&sample.package)?, "contains what was never put")?;
    expect_kind(store.get_manifest(&sample.package), ErrorKind::NotFound)?;
    expect_kind(store.get_file(sample.at(0), &target, &silent), ErrorKind::NotFound)?;
    expect(!target.exists(), "something is at the target")
}

fn visible_when_whole(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("a", b"first"), ("b", b"second")])?;
    let store = subject.store();
    let hidden = || -> Result<()> {
        expect(!store.contains(&sample.package)?, "a part of a package is visible")?;
        expect_kind(store.get_manifest(&sample.package), ErrorKind::NotFound)
    };
    expect_kind(store.put_manifest(&sample.manifest), ErrorKind::NotFound)?;
    hidden()?;
    let source = folder.join("in");
    write(&source, b"first")?;
    store.put_file(sample.at(0), &source, &silent)?;
    expect_kind(store.put_manifest(&sample.manifest), ErrorKind::NotFound)?;
    hidden()?;
    sample.put(store, folder)?;
    sample.check(store, folder)
}

/// A process that ends between two calls. What goes wrong within a call is for the tests of faults.
fn ends_half_way(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let store = subject.store();
    let files: [(&str, &[u8]); 3] = [("a", b"first"), ("b", b"second"), ("c", b"third")];
    for put in 0..=files.len() {
        let own = format!("number {put}");
        let mut files = files.to_vec();
        files.push(("own", own.as_bytes()));
        let sample = Sample::of(&files)?;
        for (index, content) in sample.contents.iter().enumerate().take(put) {
            let source = folder.join("in");
            write(&source, content)?;
            store.put_file(sample.at(index), &source, &silent)?;
        }
        expect(!store.contains(&sample.package)?, "a part of a package is visible")?;
        expect_kind(store.get_manifest(&sample.package), ErrorKind::NotFound)?;
        sample.put(store, folder)?;
        sample.check(store, folder)?;
    }
    Ok(())
}

fn wrong_digest(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("model.bin", b"what it was said to be")])?;
    let (store, source) = (subject.store(), folder.join("in"));
    write(&source, b"what it truly is      ")?;
    expect_kind(store.put_file(sample.at(0), &source, &silent), ErrorKind::Integrity)?;
    let target = folder.join("out");
    expect_kind(store.get_file(sample.at(0), &target, &silent), ErrorKind::NotFound)?;
    expect(subject.kept() == 0, "something was left behind")
}

fn twice(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("model.bin", b"the same")])?;
    for _ in 0..3 {
        sample.put(subject.store(), folder)?;
    }
    expect(subject.kept() == 2, "it is kept more than once")
}

fn equal_files(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let one = Sample::of(&[("a.bin", b"the same"), ("b.bin", b"the same")])?;
    let other = Sample::of(&[("a.bin", b"the same"), ("c.bin", b"another")])?;
    one.put(subject.store(), folder)?;
    other.put(subject.store(), folder)?;
    one.check(subject.store(), folder)?;
    other.check(subject.store(), folder)
}

fn tampered_file(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("model.bin", b"weights: 1 2 3")])?;
    sample.put(subject.store(), folder)?;
    for bytes in [&b"weights: 6 6 6"[..], b"weights: 1 2 3 and more", b""] {
        subject.overwrite_file(sample.at(0), bytes);
        let target = folder.join("out");
        expect_kind(
            subject.store().get_file(sample.at(0), &target, &silent),
            ErrorKind::Integrity,
        )?;
        is_empty(folder)?;
    }
    Ok(())
}

fn tampered_manifest(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let (sample, other) = (Sample::of(&[("a", b"mine")])?, Sample::of(&[("a", b"yours")])?);
    sample.put(subject.store(), folder)?;
    subject.overwrite_manifest(&sample.package, &other.manifest.to_bytes()?);
    expect_kind(subject.store().get_manifest(&sample.package), ErrorKind::Integrity)
}

fn cut_short(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let sample = Sample::of(&[("model.bin", b"weights: 1 2 3")])?;
    sample.put(subject.store(), folder)?;
    subject.overwrite_file(sample.at(0), b"weights");
    let target = folder.join("out");
    expect_kind(subject.store().get_file(sample.at(0), &target, &silent), ErrorKind::Integrity)?;
    if !subject.heals() {
        return Ok(());
    }
    sample.put(subject.store(), folder)?;
    sample.check(subject.store(), folder)
}

fn concurrent(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let shared = vec![7u8; 1 << 20];
    let work = |i: u32| -> Result<()> {
        let own = folder.join(i.to_string());
        std::fs::create_dir(&own).map_err(|e| Error::io("make", &own, e))?;
        let ours = Sample::of(&[("model.bin", &shared)])?;
        let mine = Sample::of(&[("model.bin", &shared), ("number", &i.to_le_bytes())])?;
        ours.put(subject.store(), &own)?;
        mine.put(subject.store(), &own)?;
        ours.check(subject.store(), &own)?;
        mine.check(subject.store(), &own)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|i| scope.spawn(move || work(i))).collect();
        workers.into_iter().try_for_each(|w| {
            w.join().unwrap_or_else(|_| Err(Error::internal("a thread panicked")))
        })
    })?;
    // Each of nine manifests, and the files: shared by all where the store shares, else by nobody.
    let expected =
        if subject.store().capabilities().deduplicates { 9 + 1 + 8 } else { 9 + 1 + 8 * 2 };
    expect(subject.kept() == expected, "files are missing, or unfinished ones were left")
}
