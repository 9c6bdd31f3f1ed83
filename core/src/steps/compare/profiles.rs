//! A profile in the place of data, on either side: by the rules of monitoring, which compares with
//! stored profiles.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::asked;
use super::outcome::{CompareOutcome, ComparedColumn};
use super::run::CompareInput;
use super::settle::in_words;
use super::side::Side;
use super::times;
use crate::config::valid::MonitorConfig;
use crate::data::profile::profile_and_times;
use crate::data::seen::Seen;
use crate::data::stream::open;
use crate::data::{Columns, ProfileOptions, ReadOptions};
use crate::domain::drift::{ColumnDrift, Definition, Measured};
use crate::domain::error::{Error, Result};
use crate::domain::profile::{ColumnRole, ColumnValues, Profile};
use crate::stats::drift::presets::{Preset, Rule};
use crate::steps::monitor::{Assessment, assess, assess_profile, read_options};
use crate::steps::profile;

/// Whether a profile is named anywhere.
pub(super) fn any(input: &CompareInput<'_>) -> bool {
    input.baseline.iter().chain(input.current).any(|path| profile::is_profile(path))
}

/// Compares by what is kept of one side or both.
pub(super) fn run(input: &CompareInput<'_>) -> Result<CompareOutcome> {
    if input.preset != Preset::Outerloop {
        let preset = input.preset.as_str();
        return Err(Error::usage(format!("preset {preset} needs the data itself"))
            .hint("name data instead of profiles, or leave --preset out"));
    }
    let config = &named(input);
    let seen = Arc::new(Seen::default());
    let (baseline, mut times) = baseline(input, &seen)?;
    let (aside, left_out) = (times::read_options(input).ignore, times.clone());
    let before = baseline.columns.iter().map(|c| c.name.as_str());
    let mut names: Vec<&str> = before.chain(seen.of(&aside)).collect();
    names.extend(left_out.iter().map(String::as_str));
    let found = match side(input.current)? {
        Some(current) => {
            names.extend(current.columns.iter().map(|c| c.name.as_str()));
            asked::check(input, &names)?;
            assess_profile(&baseline, &current, config)
        }
        None => {
            let within = input.only.map(|only| only.within.clone());
            let mut options = ReadOptions { within, ..read_options(&baseline, config) };
            options.categories.extend(input.categories.iter().cloned());
            let current = Side::open(input.current, &options, input.only)?;
            names.extend(options.seen.of(&options.ignore));
            names.extend(Columns::names(&current));
            asked::check(input, &names)?;
            times.extend(of_times(&current, &baseline, config, input.categories)?);
            assess(&baseline, &current, config)?
        }
    };
    let mut outcome = outcome(found, config);
    outcome.guessed = times.iter().map(|name| times::guessed(name, "it holds times")).collect();
    Ok(outcome)
}

/// The settings, in which no column that is named as categories is one of times or ids.
fn named(input: &CompareInput<'_>) -> MonitorConfig {
    let mut config = input.config.clone();
    config.time = config.time.filter(|name| !input.categories.contains(name));
    config.id = config.id.filter(|name| !input.categories.contains(name));
    config
}

/// The current columns of times, but for those that the baseline holds as categories.
fn of_times(
    current: &Side,
    baseline: &Profile,
    config: &MonitorConfig,
    categories: &[String],
) -> Result<BTreeSet<String>> {
    let beside = [&config.time, &config.id, &config.prediction, &config.label];
    let may_be_left_out = |name: &String| {
        let compared = baseline.column(name).is_some_and(|known| {
            known.role != ColumnRole::Feature || matches!(known.values, ColumnValues::Category(_))
        });
        let named = beside.contains(&&Some(name.clone())) || categories.contains(name);
        !compared && !named && current.may_hold_times(name)
    };
    let mut times = BTreeSet::new();
    for name in current.names().into_iter().filter(may_be_left_out) {
        if current.require(&name).map(|column| current.holds_times(&column))? {
            times.insert(name);
        }
    }
    Ok(times)
}

/// The profile to compare with, and the columns of times that were left out of it.
fn baseline(input: &CompareInput<'_>, seen: &Arc<Seen>) -> Result<(Profile, BTreeSet<String>)> {
    if let Some(known) = side(input.baseline)? {
        return Ok((known, BTreeSet::new()));
    }
    let options = ReadOptions { seen: Arc::clone(seen), ..times::read_options(input) };
    let columns = ProfileOptions {
        prediction: input.config.prediction.clone(),
        label: input.config.label.clone(),
        ignore: options.ignore.clone(),
        categories: input.categories.to_vec(),
    };
    let (profile, times) = profile_and_times(&open(input.baseline, &options)?, &columns, None)?;
    Ok((profile, times.into_iter().collect()))
}

/// The profile that one side names, or several put together; `None` where it names data.
fn side(paths: &[PathBuf]) -> Result<Option<Profile>> {
    let named = paths.iter().filter(|path| profile::is_profile(path)).count();
    match named {
        0 => Ok(None),
        _ if named == paths.len() => profile::merge(paths).map(Some),
        _ => Err(Error::usage("profiles and data are named together")
            .hint("profile the data first (`outerloop profile`), or name data alone")),
    }
}

fn outcome(found: Assessment, config: &MonitorConfig) -> CompareOutcome {
    let enough = found.few.is_none();
    let columns = found.columns.into_iter().map(|c| column(c, config, enough)).collect();
    let findings = vec!["profile: a profile stands in for data; numbers are those of what it keeps, to within the stated errors".to_owned()];
    CompareOutcome {
        preset: Preset::Outerloop,
        status: found.status,
        baseline_rows: found.baseline_rows,
        rows: found.rows,
        columns,
        bins: found.bins,
        findings,
        correlations: Vec::new(),
        guessed: Vec::new(),
        rule: in_words(Rule::Columns(config.min_columns)),
        summary: found.summary,
    }
}

fn column(found: ColumnDrift, config: &MonitorConfig, enough: bool) -> ComparedColumn {
    let judged = |measure, text, limit| {
        let value = found.metrics.get(measure).copied()?;
        let definition = Definition { measure, text };
        let mut judged =
            Measured::judged(definition, Some(value), crate::domain::drift::Side::Above, limit);
        judged.fired &= enough && found.drifted;
        Some(judged)
    };
    let measures = [
        judged("psi", "Σ (p − q) ln(p/q) over the bins of what the profiles keep", config.psi),
        judged(
            "jensen-shannon",
            "√ of the divergence to base 2 over the bins of what the profiles keep",
            config.jensen_shannon,
        ),
        judged(
            "ks",
            "largest distance of the distribution functions at the points of the baseline's profile",
            config.ks,
        ),
        judged(
            "wasserstein-normed",
            "∫ |F − G| over the baseline's standard deviation; from points over the central 99 %",
            config.wasserstein,
        ),
    ];
    ComparedColumn {
        measures: measures.into_iter().flatten().collect(),
        name: found.name,
        kind: found.kind,
        role: found.role,
        metrics: found.metrics,
        errors: found.errors,
        drifted: found.drifted,
        reasons: found.reasons,
    }
}
