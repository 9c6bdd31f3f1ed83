//! `outerloop profile` and `outerloop merge`

use std::path::{Path, PathBuf};

use clap::Args;
use outerloop_core::data::ProfileOptions;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::profile::{ColumnValues, Profile};
use outerloop_core::steps::profile::{self, ProfileInput};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;

/// Where a profile is written unless `--out` says so.
const OUT: &str = "data.profile.json";

/// Arguments of `profile`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "DATA", required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
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
}

/// Arguments of `merge`.
#[derive(Args)]
pub struct MergeArguments {
    #[arg(value_name = "PROFILES", required = true, num_args = 1..)]
    profiles: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs `profile`.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let data = context.all_data(&arguments.data)?;
    let options = ProfileOptions {
        prediction: arguments.prediction.clone(),
        label: arguments.label.clone(),
        ignore: arguments.ignore.clone(),
    };
    let found = profile::run(&ProfileInput {
        data: &data,
        categories: &arguments.categories,
        options,
        by: arguments.by.as_deref(),
        drop_rare: arguments.drop_rare,
    })?;
    written(&found, arguments.out.as_deref(), context)
}

/// Runs `merge`.
pub fn merge(arguments: &MergeArguments, context: &Context) -> Result<Outcome> {
    let paths = context.all_data(&arguments.profiles)?;
    written(&profile::merge(&paths)?, arguments.out.as_deref(), context)
}

fn written(found: &Profile, out: Option<&Path>, context: &Context) -> Result<Outcome> {
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
        "rank-error": error,
    });
    let text = format!(
        "{}: {rows} rows, {columns} columns, {bytes} bytes; ranks to within {:.2} %",
        context.shown(&shown),
        error * 100.0
    );
    Ok(Outcome { json, text, exit: Exit::Done })
}
