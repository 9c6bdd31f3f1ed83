//! What a verb needs: the configuration, the backends that it names, and who acts.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use outerloop_core::adapters::factory;
use outerloop_core::config::valid::StoreConfig;
use outerloop_core::config::{self, Config};
use outerloop_core::domain::address::Address;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::fetched::Fetched;
use outerloop_core::domain::name::{EndpointName, ModelName};
use outerloop_core::domain::reference::{ModelRef, Selector};
use outerloop_core::files::place::{self, Mode};
use outerloop_core::ports::host::Host;
use outerloop_core::ports::registry::{Origin, Registry};
use outerloop_core::ports::store::ArtifactStore;
use outerloop_core::report::fit::fit;
use outerloop_core::report::markdown::code;

use crate::remote::Remote;

/// What a verb needs.
pub struct Context {
    explicit: Option<PathBuf>,
    registry: Option<String>,
    start: PathBuf,
    config: OnceCell<Config>,
    host: Arc<dyn Host>,
    json: bool,
    data: Remote,
}

impl Context {
    /// A context in the working directory. The files that are fetched are noted in `names`.
    pub fn new(
        explicit: Option<PathBuf>,
        registry: Option<String>,
        json: bool,
        host: Arc<dyn Host>,
        names: Arc<Mutex<Fetched>>,
    ) -> Result<Self> {
        let start = std::env::current_dir()
            .map_err(|e| Error::io("find the working directory", Path::new("."), e))?;
        let (config, data) = (OnceCell::new(), Remote::noting(names));
        Ok(Self { explicit, registry, start, config, host, json, data })
    }

    /// The configuration, read once.
    pub fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config =
            config::load_with(self.explicit.as_deref(), &self.start, self.registry.as_deref())?;
        Ok(self.config.get_or_init(|| config))
    }

    /// The configuration as it is with the registry at `address` in the place of its own; the store
    /// is the one that goes with that registry.
    pub fn with_registry(&self, address: &str) -> Result<Config> {
        let config = config::load_with(self.explicit.as_deref(), &self.start, Some(address))?;
        let store = StoreConfig::of(&config.registry, &config.root);
        Ok(Config { store, ..config })
    }

    /// The configuration file that was named.
    pub fn explicit(&self) -> Option<&Path> {
        self.explicit.as_deref()
    }

    /// The working directory.
    pub fn start(&self) -> &Path {
        &self.start
    }

    /// `path` as given on the command line: relative to the working directory.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.start.join(path)
    }

    /// Data as given on the command line: a file, a folder or a pattern. What is not on this machine
    /// is fetched, and stays until this program ends.
    pub fn data(&self, path: &Path) -> Result<PathBuf> {
        match Address::of(path)? {
            None => Ok(self.path(path)),
            Some(address) => self.data.fetch(&address, self),
        }
    }

    /// Each of `paths` as [`Context::data`].
    pub fn all_data(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
        paths.iter().map(|path| self.data(path)).collect()
    }

    /// The addresses behind the files that were fetched so far.
    pub fn fetched(&self) -> Fetched {
        self.data.names()
    }

    /// The configured or given predictions, fetched where they are not on this machine.
    pub fn predictions(
        &self,
        given: Option<&Path>,
        configured: Option<&Path>,
    ) -> Result<Option<PathBuf>> {
        given.or(configured).map(|path| self.data(path)).transpose()
    }

    /// Where this program runs.
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// The registry that the configuration names.
    pub fn registry(&self) -> Result<Box<dyn Registry>> {
        factory::registry(self.config()?)
    }

    /// The store that the configuration names.
    pub fn store(&self) -> Result<Box<dyn ArtifactStore>> {
        factory::store(self.config()?)
    }

    /// Who acts.
    pub fn origin(&self) -> Origin {
        Origin { actor: self.host.actor(), run: self.host.run_url(), cause: None }
    }

    /// The model: `name`, else what the configuration says.
    pub fn model(&self, name: Option<&ModelName>) -> Result<ModelName> {
        match name {
            Some(name) => Ok(name.clone()),
            None => self.config()?.require_model().cloned(),
        }
    }

    /// A reference as typed; `@champion` alone means the configured model.
    pub fn reference(&self, text: &str) -> Result<ModelRef> {
        match text.strip_prefix('@') {
            Some(selector) => format!("{}@{selector}", self.config()?.require_model()?).parse(),
            None => text.parse(),
        }
    }

    /// The configured model's champion, for verbs whose reference may be left out.
    pub fn champion(&self, text: Option<&str>) -> Result<ModelRef> {
        match text {
            Some(text) => {
                let reference = self.reference(text)?;
                let latest = reference.selector == Selector::Latest && !text.contains('@');
                if latest { self.reference(&format!("{text}@champion")) } else { Ok(reference) }
            }
            None => self.reference("@champion"),
        }
    }

    /// The endpoint that was named, else the only one in the configuration.
    pub fn endpoint(&self, name: Option<&EndpointName>) -> Result<EndpointName> {
        if let Some(name) = name {
            return Ok(name.clone());
        }
        let endpoints = &self.config()?.endpoints;
        match endpoints.keys().next() {
            Some(only) if endpoints.len() == 1 => Ok(only.clone()),
            None => Err(Error::usage("no endpoint is configured, and none is named").hint(
                "name one with --endpoint NAME, or write it under `endpoints:` of outerloop.yaml",
            )),
            _ => Err(Error::usage(format!("{} endpoints are configured", endpoints.len()))
                .hint("say which one with --endpoint NAME")),
        }
    }

    /// Writes a report, whole or not at all, and gives its path: `given`, else a file below
    /// `.outerloop/reports`.
    pub fn write_report(&self, given: Option<&Path>, name: &str, html: &str) -> Result<String> {
        let path = match given {
            Some(path) => self.path(path),
            None => self.config()?.root.join(format!(".outerloop/reports/{name}.html")),
        };
        if let Some(folder) = path.parent() {
            place::make_folder(folder)?;
        }
        place::write(&path, html.as_bytes(), Mode::Ordinary)?;
        Ok(path.display().to_string())
    }

    /// Shows Markdown where people look; what is too long for that place names `report`.
    pub fn summary(&self, markdown: &str, report: Option<&str>) -> Result<()> {
        let note = match report {
            Some(path) => format!("The rest is in {}.", code(path)),
            None => "The rest is in what `--json` prints.".to_owned(),
        };
        self.host.summary(&fit(markdown, self.host.summary_limit(), &note))
    }

    /// A path as people like to read it: relative, where it is below the working directory.
    pub fn shown<'a>(&self, path: &'a str) -> &'a str {
        let below = Path::new(path).strip_prefix(&self.start).ok();
        below.and_then(Path::to_str).unwrap_or(path)
    }

    /// Says something on standard error, unless only JSON is wanted.
    pub fn say(&self, message: &str) {
        if !self.json {
            self.host.say(message);
        }
    }
}
