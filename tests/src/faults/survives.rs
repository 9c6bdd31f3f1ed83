//! What goes wrong between here and a store, at every call of putting and getting a package: nothing
//! is half-visible, and the next try completes.

use std::path::Path;
use std::time::{Duration, Instant};

use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::{ErrorKind, Result};
use outerloop_core::domain::package::{FileEntry, Format, Manifest};
use outerloop_core::files::stream::silent;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};

use super::Forward;
use crate::fake::{Fake, Fault, Reply, Rule};

/// Bytes of the large file: two parts.
const LARGE: usize = (8 << 20) + 1000;

/// Tries that come soon after another, and give up soon who says nothing.
pub fn quick() -> RetryPolicy {
    RetryPolicy {
        attempts: 4,
        first: Duration::from_millis(5),
        total: Duration::from_secs(20),
        stalled: Duration::from_millis(800),
    }
}

/// A package that no other is like.
struct Package {
    manifest: Manifest,
    digest: Digest,
    contents: [Vec<u8>; 2],
}

impl Package {
    fn new(number: usize) -> Self {
        // No two places of a part that are a power of two away from each other are alike.
        let pattern: Vec<u8> = (0..4099).map(|i: usize| (i * 7 + number) as u8).collect();
        let mut large = pattern.repeat(LARGE / pattern.len() + 1);
        large.truncate(LARGE);
        large[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let contents = [format!("package {number}").into_bytes(), large];
        let entry = |(path, bytes): (&str, &Vec<u8>)| FileEntry::of(path, bytes);
        let files = ["a", "b"].into_iter().zip(&contents).map(entry).collect();
        let manifest = Manifest::of(Format::Generic, files);
        Self { digest: manifest.digest().expect("a digest"), manifest, contents }
    }

    fn at(&self, index: usize) -> FileAddress<'_> {
        let FileEntry { path, digest, .. } = &self.manifest.files[index];
        FileAddress { package: &self.digest, path, digest }
    }

    fn put(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        for (index, content) in self.contents.iter().enumerate() {
            let source = folder.join("in");
            std::fs::write(&source, content).expect("writes");
            store.put_file(self.at(index), &source, &silent)?;
        }
        store.put_manifest(&self.manifest).map(|_| ())
    }

    fn get(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        let bytes = store.get_manifest(&self.digest)?;
        assert_eq!(bytes, self.manifest.to_bytes().expect("bytes"));
        for (index, content) in self.contents.iter().enumerate() {
            let target = folder.join("out");
            let _ = std::fs::remove_file(&target);
            let got = store.get_file(self.at(index), &target, &silent);
            if let Err(error) = got {
                assert!(!target.exists(), "something is at the target: {error}");
                return Err(error);
            }
            assert!(std::fs::read(&target).expect("reads") == *content, "other bytes came");
        }
        Ok(())
    }
}

/// What goes wrong, and whether the call may fail for it: all else is tried again.
fn faults() -> Vec<(&'static str, Fault, bool)> {
    let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
    let busy = |status| Reply::bytes(status, "text/plain", b"busy".to_vec());
    let later = |status| busy(status).header("retry-after", "0");
    let passes = |name, fault| (name, fault, false);
    vec![
        passes("a cut before", Fault::CutBefore),
        passes("a cut after", Fault::CutAfter),
        passes("429", Fault::Instead(busy(429))),
        passes("429 with a time", Fault::Instead(later(429))),
        passes("503", Fault::Instead(busy(503))),
        passes("503 with a time", Fault::Instead(later(503))),
        passes("503 with a time, done all the same", Fault::AndThen(later(503))),
        passes("half an answer", Fault::Truncated),
        passes("silence before", Fault::Silent),
        passes("silence after", Fault::SilentAfter),
        passes("silence in the middle", Fault::SilentWithin),
        ("a page", Fault::Instead(Reply::bytes(200, "text/html", page.into())), true),
        (
            "a page, done all the same",
            Fault::AndThen(Reply::bytes(200, "text/html", page.into())),
            true,
        ),
    ]
}

/// Every fault at every call; `open` makes a new store behind the proxy, with [`quick`] tries.
///
/// # Panics
/// A try after a fault fails, something is half there, or other bytes come back.
pub fn survives(proxy: &Fake<Forward>, open: &dyn Fn() -> Box<dyn ArtifactStore>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        Package::new(number)
    };
    let calls = |work: &dyn Fn()| {
        proxy.take_calls();
        work();
        proxy.take_calls().len()
    };
    let first = fresh();
    let puts = calls(&|| first.put(open().as_ref(), folder.path()).expect("puts"));
    let gets = calls(&|| first.get(open().as_ref(), folder.path()).expect("gets"));
    assert!(puts > 5 && gets > 2, "{puts} {gets}");
    for (name, fault, may_fail) in faults() {
        let begun = Instant::now();
        for call in 0..puts {
            let package = fresh();
            proxy.inject(Rule::next(fault.clone()).after(call));
            let put = package.put(open().as_ref(), folder.path());
            proxy.heal();
            let what = format!("{name} at call {call} of {puts}: {put:?}");
            let there = open().contains(&package.digest).expect("asks");
            if put.is_err() && there {
                let got = package.get(open().as_ref(), folder.path());
                got.unwrap_or_else(|e| panic!("{what}: {e}"));
            }
            if put.is_err() {
                let again = package.put(open().as_ref(), folder.path());
                again.unwrap_or_else(|e| panic!("{what}: {e}"));
            }
            package.get(open().as_ref(), folder.path()).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert!(put.is_ok() || may_fail, "{what}");
        }
        for call in 0..gets {
            proxy.inject(Rule::next(fault.clone()).after(call));
            let got = first.get(open().as_ref(), folder.path());
            proxy.heal();
            if let Err(error) = got {
                let what = format!("{name} at {call} of {gets}: {error}");
                assert!(may_fail && error.hint_text().is_some(), "{what}");
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}");
            }
        }
        eprintln!("{name}: {puts} puts, {gets} gets, {:.1} s", begun.elapsed().as_secs_f64());
    }
}
