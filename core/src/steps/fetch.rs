//! Data on other machines, brought here to be read: a file, a folder, or what matches a pattern.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::data::has_known_ending;
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::domain::fetched::Fetched;
use crate::ports::source::{Coming, Listed, Source};

/// Files that are fetched at once.
const AT_ONCE: usize = 8;

/// What is here now.
#[derive(Debug)]
pub struct Arrived {
    /// What to read: a file, a folder, or a pattern, as the address is one.
    pub path: PathBuf,
    /// Which path stands for which address.
    pub names: Fetched,
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Fetches what `address` means to below `folder`, several files at once. Of a folder only data files
/// are fetched, known by their endings.
///
/// # Errors
/// Nothing is there, or it cannot be fetched whole. No file is left half written.
pub fn fetch(
    address: &Address,
    folder: &Path,
    source: &dyn Source,
    progress: Coming<'_>,
) -> Result<Arrived> {
    let path = folder.join(address.local());
    let mut names = Fetched::default();
    names.note(&path, address);
    if !address.is_many() {
        let bytes = source.fetch(address, &path, progress)?;
        return Ok(Arrived { path, names, files: 1, bytes });
    }
    let listed = listed(address, source)?;
    let mut jobs: Vec<(&Listed, PathBuf)> = Vec::with_capacity(listed.len());
    for file in &listed {
        let local = folder.join(file.address.local());
        if let Some((other, _)) = jobs.last().filter(|(_, path)| *path == local) {
            let (one, two) = (&other.address, &file.address);
            return Err(Error::input(format!("{one} and {two} cannot be told apart here"))
                .hint("give one of them another name"));
        }
        names.note(&local, &file.address);
        jobs.push((file, local));
    }
    let bytes = all(&jobs, source, progress)?;
    Ok(Arrived { path, names, files: jobs.len(), bytes })
}

fn listed(address: &Address, source: &dyn Source) -> Result<Vec<Listed>> {
    let mut listed = source.list(address)?;
    let is_folder = address.as_str().ends_with('/');
    if is_folder {
        listed.retain(|file| has_known_ending(Path::new(file.address.parts().1)));
    }
    if listed.is_empty() {
        let (message, hint) = match is_folder {
            true => (format!("{address} holds no data file"), "check the path and the endings"),
            false => (
                format!("no file matches {address}"),
                "`*` stands within a part of the path, `**` for any number of parts",
            ),
        };
        return Err(Error::not_found(message).hint(hint));
    }
    Ok(listed)
}

/// Fetches the files, a few at once; after a failure no further one is begun.
fn all(jobs: &[(&Listed, PathBuf)], source: &dyn Source, progress: Coming<'_>) -> Result<u64> {
    let total: u64 = jobs.iter().map(|(file, _)| file.size).sum();
    let (next, done, finished) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let failed = || failure.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        while let Some((file, local)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed().is_some() {
                return;
            }
            let before = AtomicU64::new(0);
            let told = |bytes: u64, _: Option<u64>| {
                let more = bytes.saturating_sub(before.fetch_max(bytes, Ordering::Relaxed));
                progress(done.fetch_add(more, Ordering::Relaxed) + more, Some(total));
            };
            match source.fetch(&file.address, local, &told) {
                Ok(bytes) => {
                    finished.fetch_add(bytes, Ordering::Relaxed);
                }
                Err(e) => {
                    failed().get_or_insert(e);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(jobs.len()) {
            scope.spawn(work);
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(finished.into_inner()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store of files by path, one of which may be broken.
    struct Store(Vec<(&'static str, Option<&'static str>)>);

    impl Source for Store {
        fn fetch(&self, address: &Address, into: &Path, progress: Coming<'_>) -> Result<u64> {
            let found = self.0.iter().find(|(path, _)| *path == address.parts().1);
            let text =
                found.and_then(|(_, text)| *text).ok_or_else(|| Error::unavailable("cut"))?;
            std::fs::create_dir_all(into.parent().expect("a parent")).expect("creates");
            std::fs::write(into, text).expect("writes");
            progress(text.len() as u64, None);
            Ok(text.len() as u64)
        }

        fn list(&self, address: &Address) -> Result<Vec<Listed>> {
            let sized = |(path, text): &(&str, Option<&str>)| Listed {
                address: address.sibling(path),
                size: text.map_or(0, |t| t.len() as u64),
            };
            Ok(self.0.iter().map(sized).collect())
        }
    }

    fn fetched(text: &str, store: &Store) -> (tempfile::TempDir, Result<Arrived>) {
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::of(Path::new(text)).expect("is one").expect("is one");
        let arrived = fetch(&address, folder.path(), store, &|_, _| {});
        (folder, arrived)
    }

    #[test]
    fn what_arrives_can_be_read_as_the_address_is_written() {
        let store = Store(vec![("a/1.csv", Some("x\n1\n")), ("a/b:2.csv", Some("x\n2\n"))]);
        for address in ["s3://acme/a/", "s3://acme/a/*.csv"] {
            let (_folder, arrived) = fetched(address, &store);
            let arrived = arrived.expect("arrives");
            assert_eq!((arrived.files, arrived.bytes), (2, 8));
            let table = crate::data::read(&[arrived.path], &Default::default()).expect("reads");
            assert_eq!(table.rows, 2);
            assert_eq!(arrived.names.told(&table.source), "s3://acme/a/1.csv and 1 more");
        }
    }

    #[test]
    fn nothing_and_half_of_it_are_errors() {
        let store = Store(vec![("a/1.csv", Some("x\n1\n")), ("a/2.csv", None)]);
        assert!(fetched("s3://acme/a/", &store).1.is_err());
        let none = Store(vec![("a/_SUCCESS", Some(""))]);
        let error = fetched("s3://acme/a/", &none).1.expect_err("is empty");
        assert!(error.to_string().contains("s3://acme/a/ holds no data file"), "{error}");
    }
}
