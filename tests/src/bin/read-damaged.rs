//! Reads damaged files of one kind in every way that verbs do, and fails where that ends in anything
//! but rows or an error with a hint. Prints how many were read and how many refused.
//!
//!     read-damaged KIND FIRST-SEED COUNT

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outerloop_core::data::profile::profile_stream;
use outerloop_core::data::{ProfileOptions, ReadOptions, read, stream};
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::steps::profile;
use outerloop_tests::damage::{Damage, KINDS, damaged, original};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let (Some(kind), Some(first), Some(count)) = (arguments.first(), number(1), number(2)) else {
        eprintln!("expected: read-damaged KIND FIRST-SEED COUNT");
        return ExitCode::from(2);
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(kind);
    let bytes = original(kind);
    let other = original(KINDS[usize::try_from(first).unwrap_or(0) % KINDS.len()]);
    std::fs::write(&file, &bytes).expect("writes");
    read_every_way(&file, kind).expect("the file is good before it is damaged");
    // Readers that panic on a damaged page are contained; what they say is not for people.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut whole, mut refused) = (0, 0);
    for seed in first..first + count {
        let mut damage = Damage::of(seed);
        std::fs::write(&file, damaged(&bytes, &other, &mut damage)).expect("writes");
        let outcome = std::panic::catch_unwind(|| read_every_way(&file, kind));
        match outcome {
            Ok(Ok(())) => whole += 1,
            Ok(Err(error)) if is_good(&error, &file) => refused += 1,
            Ok(Err(error)) => {
                eprintln!("seed {seed} of {kind}: {error} ({:?})", error.hint_text());
                return ExitCode::FAILURE;
            }
            Err(panic) => {
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
                eprintln!("seed {seed} of {kind} panics: {}", said.unwrap_or("?"));
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{whole} read, {refused} refused");
    ExitCode::SUCCESS
}

/// Whether the error names the file and says what to do.
fn is_good(error: &Error, file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    error.to_string().contains(&*name) && error.hint_text().is_some()
}

fn read_every_way(file: &Path, kind: &str) -> Result<()> {
    let paths: [PathBuf; 1] = [file.to_owned()];
    if kind.ends_with(".profile.json") {
        let one = profile::read(file)?;
        profile::merge(&[paths[0].clone(), paths[0].clone()])?;
        return one.to_bytes().map(|_| ());
    }
    let options = ReadOptions { skip_unreadable: true, ..ReadOptions::default() };
    let table = read(&paths, &options);
    let opened = stream::open(&paths, &options)
        .and_then(|opened| profile_stream(&opened, &ProfileOptions::default(), None));
    let head = ReadOptions { rows: Some(3), categories: vec!["x".to_owned()], ..options };
    let head = read(&paths, &head);
    table?;
    head?;
    opened.map(|_| ())
}
