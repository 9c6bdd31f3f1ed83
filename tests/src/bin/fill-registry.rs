//! Fills the registry of a git repository with versions, for benchmarks.
//!
//!     fill-registry FOLDER MODELS VERSIONS

use std::path::Path;
use std::sync::Arc;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::registry::git::{GitRegistry, Options, RemoteChoice};
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::package::Format;
use outerloop_core::domain::version::Bump;
use outerloop_core::ports::registry::{Origin, Registration, Registry, Wanted};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, models, versions] = arguments.as_slice() else {
        return Err(Error::usage("expected: fill-registry FOLDER MODELS VERSIONS"));
    };
    let count =
        |text: &String| text.parse::<usize>().map_err(|e| Error::usage(format!("{text}: {e}")));
    let options = Options { remote: RemoteChoice::None, ..Options::default() };
    let registry = GitRegistry::open(Path::new(folder), options, Arc::new(SystemClock))?;
    for model in 0..count(models)? {
        for version in 0..count(versions)? {
            registry.register(&registration(model, version)?)?;
        }
    }
    Ok(())
}

fn registration(model: usize, version: usize) -> Result<Registration> {
    let digest = Digest::of(format!("{model} {version}").as_bytes());
    Ok(Registration {
        model: format!("model-{model}").parse()?,
        wanted: Wanted::Next(Bump::Minor),
        digest,
        uri: format!("file:///models/{}", digest.hex()),
        format: Format::Onnx,
        bytes: 1_000_000,
        commit: None,
        origin: Origin { actor: "acme".to_owned(), ..Origin::default() },
    })
}
