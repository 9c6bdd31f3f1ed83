//! The promises of [`ArtifactStore`].

use std::path::Path;

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::stream::silent;
use crate::ports::store::ArtifactStore;

/// A fresh, empty store, and a hand behind its back.
pub trait Subject: Sync {
    /// The store.
    fn store(&self) -> &dyn ArtifactStore;
    /// Replaces a stored blob with other bytes, as a damaged disk or a person would.
    fn overwrite(&self, digest: &Digest, bytes: &[u8]);
    /// How many blobs, whole or not, the store keeps.
    fn blobs(&self) -> usize;
}

/// Makes a subject.
pub type Make<'a> = &'a dyn Fn() -> Box<dyn Subject>;

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
    ("what is put can be got", round_trip),
    ("a file survives the way through", file_round_trip),
    ("an unknown digest is not found", unknown),
    ("a file with another digest is refused and not kept", wrong_digest),
    ("putting twice does nothing", twice),
    ("a tampered blob is refused and leaves nothing", tampered),
    ("a blob cut short is refused, and healed by putting it again", cut_short),
    ("many may put the same and different blobs at once", concurrent),
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

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|e| Error::io("write", path, e))
}

fn round_trip(subject: &dyn Subject, _: &Path) -> Result<()> {
    for bytes in [&b""[..], b"{}", &[0u8; 3 << 20]] {
        let digest = subject.store().put_bytes(bytes)?;
        expect(digest == Digest::of(bytes), "another digest came back")?;
        expect(subject.store().contains(&digest)?, "it does not contain what was put")?;
        expect(subject.store().get_bytes(&digest)? == bytes, "other bytes came back")?;
    }
    Ok(())
}

fn file_round_trip(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let bytes: Vec<u8> = (0..5_000_000u32).map(|i| (i % 253) as u8).collect();
    let (source, target) = (folder.join("in"), folder.join("deep/out"));
    write(&source, &bytes)?;
    let digest = Digest::of(&bytes);
    subject.store().put_file(&digest, &source, &silent)?;
    expect(source.is_file(), "the source is gone")?;
    write(&source, b"the source changes afterwards")?;
    subject.store().get_file(&digest, &target, &silent)?;
    let back = std::fs::read(&target).map_err(|e| Error::io("read", &target, e))?;
    expect(back == bytes, "other bytes came back")
}

fn unknown(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let digest = Digest::of(b"never stored");
    let target = folder.join("out");
    expect(!subject.store().contains(&digest)?, "contains what was never put")?;
    expect_kind(subject.store().get_bytes(&digest), ErrorKind::NotFound)?;
    expect_kind(subject.store().get_file(&digest, &target, &silent), ErrorKind::NotFound)?;
    expect(!target.exists(), "something is at the target")
}

fn wrong_digest(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let source = folder.join("in");
    write(&source, b"what it is")?;
    let said = Digest::of(b"what it was said to be");
    expect_kind(subject.store().put_file(&said, &source, &silent), ErrorKind::Integrity)?;
    expect(!subject.store().contains(&said)?, "it is there all the same")?;
    expect(subject.blobs() == 0, "something was left behind")
}

fn twice(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let source = folder.join("in");
    write(&source, b"the same")?;
    let digest = subject.store().put_bytes(b"the same")?;
    subject.store().put_file(&digest, &source, &silent)?;
    subject.store().put_bytes(b"the same")?;
    expect(subject.blobs() == 1, "it is kept more than once")
}

fn tampered(subject: &dyn Subject, folder: &Path) -> Result<()> {
    let digest = subject.store().put_bytes(b"weights: 1 2 3")?;
    subject.overwrite(&digest, b"weights: 6 6 6");
    let target = folder.join("out");
    expect_kind(subject.store().get_bytes(&digest), ErrorKind::Integrity)?;
    expect_kind(subject.store().get_file(&digest, &target, &silent), ErrorKind::Integrity)?;
    let left = std::fs::read_dir(folder).map_err(|e| Error::io("list", folder, e))?.count();
    expect(left == 0, "something was left at the target")
}

fn cut_short(subject: &dyn Subject, _: &Path) -> Result<()> {
    let digest = subject.store().put_bytes(b"weights: 1 2 3")?;
    subject.overwrite(&digest, b"weights");
    expect_kind(subject.store().get_bytes(&digest), ErrorKind::Integrity)?;
    subject.store().put_bytes(b"weights: 1 2 3")?;
    expect(subject.store().get_bytes(&digest)? == b"weights: 1 2 3", "it was not healed")
}

fn concurrent(subject: &dyn Subject, _: &Path) -> Result<()> {
    let shared = vec![7u8; 1 << 20];
    let digest = Digest::of(&shared);
    let work = |i: u32| -> Result<()> {
        let own = subject.store().put_bytes(&i.to_le_bytes())?;
        subject.store().put_bytes(&shared)?;
        expect(subject.store().get_bytes(&digest)? == shared, "the shared blob is not whole")?;
        expect(subject.store().get_bytes(&own)? == i.to_le_bytes(), "another's bytes")
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..16).map(|i| scope.spawn(move || work(i))).collect();
        workers.into_iter().try_for_each(|w| {
            w.join().unwrap_or_else(|_| Err(Error::internal("a thread panicked")))
        })
    })?;
    expect(subject.blobs() == 17, "blobs are missing, or unfinished ones were left")
}
