//! `outerloop profile` and `outerloop merge`

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::defaults::ENGINE_TIMEOUT;
use outerloop_core::config::units::Span;
use outerloop_core::data::ProfileOptions;
use outerloop_core::domain::engine_address::EngineAddress;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::domain::profile::{ColumnValues, Profile};
use outerloop_core::files::place::{self, Mode};
use outerloop_core::sql::Relation;
use outerloop_core::steps::engine_profile::{self, EngineInput};
use outerloop_core::steps::profile::{self, ProfileInput};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::text::Text;

/// Where a profile is written unless `--out` says so.
const OUT: &str = "data.profile.json";

/// Arguments of `profile`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "DATA", num_args = 1.., conflicts_with_all = ["table", "query"])]
    data: Vec<PathBuf>,
    #[arg(long, value_name = "ADDRESS")]
    engine: Option<String>,
    #[arg(long, value_name = "NAME", conflicts_with = "query")]
    table: Option<String>,
    #[arg(long, value_name = "SELECT")]
    query: Option<String>,
    #[arg(long, value_name = "FILE")]
    sql: Option<PathBuf>,
    #[arg(long, value_name = "SPAN", value_parser = span)]
    timeout: Option<Duration>,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=1000))]
    names: Option<u64>,
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    drop_rare: Option<u64>,
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    prediction: Option<String>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    categories: Vec<String>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    ignore: Vec<String>,
    #[command(flatten)]
    text: Text,
}

/// Arguments of `merge`.
#[derive(Args)]
pub struct MergeArguments {
    #[arg(value_name = "PROFILES", required = true, num_args = 1..)]
    profiles: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn span(text: &str) -> Result<Duration, String> {
    text.parse::<Span>().map(|span| span.0)
}

/// The engine that computed a profile.
struct By {
    name: String,
    queries: u64,
}

/// Runs `profile`.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let options = ProfileOptions {
        prediction: arguments.prediction.clone(),
        label: arguments.label.clone(),
        ignore: ignored(arguments, context)?,
        categories: arguments.categories.clone(),
    };
    if arguments.table.is_some() || arguments.query.is_some() {
        return by_engine(arguments, options, context);
    }
    here_only(arguments)?;
    let data = context.all_data(&arguments.data)?;
    let found = profile::run(&ProfileInput {
        data: &data,
        categories: &arguments.categories,
        ignore: &arguments.ignore,
        options,
        by: arguments.by.as_deref(),
        names: arguments.names.and_then(|most| usize::try_from(most).ok()),
        drop_rare: arguments.drop_rare,
        text: arguments.text.over(context.config()?.text)?,
    })?;
    written(&found, arguments.out.as_deref(), None, context)
}

/// The columns that are ignored, and those of times and ids that the configuration names, unless an
/// option names them, too.
fn ignored(arguments: &Arguments, context: &Context) -> Result<Vec<String>> {
    let monitor = &context.config()?.monitor;
    let named: Vec<&String> = arguments
        .categories
        .iter()
        .chain(&arguments.by)
        .chain(&arguments.label)
        .chain(&arguments.prediction)
        .collect();
    let beside = monitor.time.iter().chain(&monitor.id).filter(|name| !named.contains(name));
    Ok(arguments.ignore.iter().chain(beside).cloned().collect())
}

/// Nothing that only an engine needs, and some data.
fn here_only(arguments: &Arguments) -> Result<()> {
    let of_engine = [
        ("--engine", arguments.engine.is_some()),
        ("--sql", arguments.sql.is_some()),
        ("--timeout", arguments.timeout.is_some()),
    ];
    if let Some((option, _)) = of_engine.iter().find(|(_, given)| *given) {
        return Err(Error::usage(format!("{option} needs a table or a query of the engine"))
            .hint("add --table NAME or --query SELECT; files are profiled without an engine"));
    }
    if arguments.data.is_empty() {
        return Err(Error::usage("no data is named").hint(
            "name files, folders or patterns, or --table NAME or --query SELECT of an engine",
        ));
    }
    Ok(())
}

fn by_engine(arguments: &Arguments, options: ProfileOptions, context: &Context) -> Result<Outcome> {
    let relation = match (&arguments.table, &arguments.query) {
        (Some(table), _) => Relation::table(table)?,
        (None, query) => Relation::query(query.as_deref().unwrap_or_default())?,
    };
    let out = context.path(arguments.out.as_deref().unwrap_or(Path::new(OUT)));
    profile::check_name(&out)?;
    let address = address(arguments, context)?;
    let timeout = arguments.timeout.unwrap_or(ENGINE_TIMEOUT);
    let engine = factory::engine(&address, timeout, context.host())?;
    let source = arguments.table.as_ref().map_or("the query".to_owned(), |t| format!("table {t}"));
    let asked = RefCell::new(String::new());
    let found = engine_profile::run(&EngineInput {
        engine: engine.as_ref(),
        relation: &relation,
        source: &source,
        categories: &arguments.categories,
        ignore: &arguments.ignore,
        options,
        by: arguments.by.as_deref(),
        names: arguments.names.and_then(|most| usize::try_from(most).ok()),
        drop_rare: arguments.drop_rare,
        tell: &|sql| {
            let mut asked = asked.borrow_mut();
            asked.push_str(sql);
            asked.push_str(";\n\n");
        },
    });
    // What was asked helps most where the engine refused it.
    if let Some(file) = &arguments.sql {
        place::write(&context.path(file), asked.borrow().as_bytes(), Mode::Ordinary)?;
    }
    let found = found?;
    let name = format!("{} ({})", engine.name(), engine.version()?);
    let by = By { name, queries: found.queries };
    written(&found.profile, arguments.out.as_deref(), Some(&by), context)
}

fn address(arguments: &Arguments, context: &Context) -> Result<EngineAddress> {
    if let Some(text) = &arguments.engine {
        return text.parse();
    }
    context.config()?.engine.clone().ok_or_else(|| {
        Error::usage("no engine is named").hint(
            "give --engine sc://host:port, or write `engine: sc://host:port` into outerloop.yaml",
        )
    })
}

/// Runs `merge`.
pub fn merge(arguments: &MergeArguments, context: &Context) -> Result<Outcome> {
    let paths = context.all_data(&arguments.profiles)?;
    written(&profile::merge(&paths)?, arguments.out.as_deref(), None, context)
}

fn written(
    found: &Profile,
    out: Option<&Path>,
    by: Option<&By>,
    context: &Context,
) -> Result<Outcome> {
    let path = context.path(out.unwrap_or(Path::new(OUT)));
    let (digest, bytes) = profile::write(found, &path)?;
    let errors = found.columns.iter().map(|column| match &column.values {
        ColumnValues::Number(numbers) => numbers.distribution.rank_error(),
        ColumnValues::Category(_) => 0.0,
    });
    let error = errors.fold(0.0, f64::max);
    let (rows, columns) = (found.rows, found.columns.len());
    let shown = path.display().to_string();
    let json = json!({
        "profile": shown,
        "digest": digest,
        "bytes": bytes,
        "rows": rows,
        "columns": columns,
        "engine": by.map(|by| &by.name),
        "queries": by.map_or(0, |by| by.queries),
        "rank-error": error,
    });
    let engine = by.map_or(String::new(), |by| format!("; {} queries of {}", by.queries, by.name));
    let text = format!(
        "{}: {rows} rows, {columns} columns, {bytes} bytes; ranks to within {:.2} %{engine}",
        context.shown(&shown),
        error * 100.0
    );
    Ok(Outcome { json, text, exit: Exit::Done })
}
