//! Parts of a window, each assessed by itself, so that a change within the window is seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::assess::{Assessment, assess_parts};
use super::span::Selected;
use crate::config::valid::{ChunkRule, MonitorConfig};
use crate::domain::drift::{ColumnDrift, DriftStatus};
use crate::domain::error::{Error, Result};
use crate::domain::profile::Profile;
use crate::domain::window::Chunk;

/// Most parts of a window.
const MOST: usize = 500;
/// Most columns that are followed through the parts.
const FOLLOWED: usize = 6;

/// The parts of the window, in order; none where the configuration asks for none. The answer of
/// the window is over all of it.
///
/// # Errors
/// Parts of time without a column of times; more than 500 parts; data that cannot be read.
pub(super) fn chunks(
    selected: &Selected,
    baseline: &Profile,
    config: &MonitorConfig,
) -> Result<Vec<Chunk>> {
    let Some(rule) = config.chunk else { return Ok(Vec::new()) };
    let parts = match rule {
        ChunkRule::Rows(rows) => by_rows(selected.data.rows(), rows),
        ChunkRule::Every(every) => {
            by_time(selected, i128::try_from(every.as_nanos()).unwrap_or(i128::MAX))?
        }
    };
    if parts.len() > MOST {
        return Err(Error::config(format!(
            "`monitor.chunk` makes {} parts of this window, at most {MOST} are looked at",
            parts.len()
        ))
        .hint("make each part larger, or the window smaller"));
    }
    let (names, places): (Vec<String>, Vec<Vec<usize>>) = parts.into_iter().unzip();
    let rows: Vec<u64> = places.iter().map(|places| places.len() as u64).collect();
    let found = assess_parts(baseline, &*selected.data, &places, config)?;
    let mut chunks: Vec<Chunk> = names
        .into_iter()
        .zip(rows)
        .zip(found)
        .map(|((name, rows), found)| chunk(name, rows, &found))
        .collect();
    let followed = followed(&chunks);
    chunks.iter_mut().for_each(|chunk| chunk.psi.retain(|name, _| followed.contains(name)));
    Ok(chunks)
}

fn chunk(name: String, rows: u64, found: &Assessment) -> Chunk {
    let psi = |c: &ColumnDrift| Some((c.name.clone(), *c.metrics.get("psi")?));
    let psi: BTreeMap<String, f64> =
        found.columns.iter().filter_map(psi).filter(|(_, value)| value.is_finite()).collect();
    let most = psi.iter().max_by(|a, b| a.1.total_cmp(b.1));
    Chunk {
        name,
        rows,
        drifted: found.drifted(),
        conclusive: found.status != DriftStatus::Inconclusive,
        most: most.map(|(name, value)| (name.clone(), *value)),
        psi,
    }
}

/// The columns with the largest PSI in any part that is large enough to say.
fn followed(chunks: &[Chunk]) -> BTreeSet<String> {
    let mut largest: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, value) in chunks.iter().filter(|c| c.conclusive).flat_map(|c| &c.psi) {
        let there = largest.entry(name).or_insert(*value);
        *there = there.max(*value);
    }
    let mut columns: Vec<(&str, f64)> = largest.into_iter().collect();
    columns.sort_by(|a, b| b.1.total_cmp(&a.1));
    columns.into_iter().take(FOLLOWED).map(|(name, _)| name.to_owned()).collect()
}

fn by_rows(rows: usize, each: usize) -> Vec<(String, Vec<usize>)> {
    (0..rows)
        .step_by(each.max(1))
        .map(|first| {
            let last = first.saturating_add(each).min(rows);
            (format!("rows {} to {last}", first + 1), (first..last).collect())
        })
        .collect()
}

fn by_time(selected: &Selected, every: i128) -> Result<Vec<(String, Vec<usize>)>> {
    if selected.span.is_none() {
        return Err(Error::config("`monitor.chunk.every` needs the time of each row")
            .hint("name the column in `monitor.time`"));
    }
    let mut parts: BTreeMap<i128, Vec<usize>> = BTreeMap::new();
    for (row, time) in selected.times.iter().enumerate() {
        if let Some(time) = time {
            parts.entry(time.as_nanosecond().div_euclid(every)).or_default().push(row);
        }
    }
    let name = |part: i128| {
        let begin = Timestamp::from_nanosecond(part.saturating_mul(every));
        begin.map_or_else(|_| part.to_string(), |t| t.to_string())
    };
    Ok(parts.into_iter().map(|(part, places)| (name(part), places)).collect())
}
