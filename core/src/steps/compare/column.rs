//! One column of both data sets.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::correlation::Sampled;
use super::rows;
use crate::data::{Categories, Values};
use crate::domain::drift::ColumnKind;
use crate::domain::profile::ColumnRole;
use crate::stats::drift::confidence;
use crate::stats::drift::pair::{Labels, Pair, is_whole};
use crate::stats::drift::presets::{Compared, Preset, compare};

/// How columns are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) preset: Preset,
    pub(super) more: bool,
    /// Rows of a numeric column that are kept for correlations.
    pub(super) kept: usize,
    /// Whether each row gets a hash.
    pub(super) hashed: bool,
}

/// A column, compared and not yet decided.
pub(super) struct Looked {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    pub(super) role: ColumnRole,
    pub(super) compared: Compared,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) sampled: Option<Sampled>,
    pub(super) hashes: Option<(Vec<u64>, Vec<u64>)>,
}

/// A column that only one side has, or that changed its type.
pub(super) fn without_numbers(
    name: &str,
    kind: ColumnKind,
    role: ColumnRole,
    reason: &str,
) -> Looked {
    let compared = Compared { notes: vec![reason.to_owned()], ..Compared::default() };
    let (metrics, sampled, hashes) = (BTreeMap::new(), None, None);
    Looked { name: name.to_owned(), kind, role, compared, metrics, sampled, hashes }
}

/// A prediction that is a probability is also looked at as a confidence: how far it is from ½.
pub(super) fn look_with_confidence(
    name: &str,
    role: ColumnRole,
    a: &Values,
    b: &Values,
    settings: &Settings,
) -> Vec<Looked> {
    let mut found = vec![look(name, role, a, b, settings)];
    if let (ColumnRole::Prediction, Values::Number(x), Values::Number(y)) = (role, a, b) {
        let probability =
            |values: &[f64]| values.iter().all(|p| p.is_nan() || (0.0..=1.0).contains(p));
        if probability(x) && probability(y) {
            let sure =
                |values: &[f64]| Values::Number(values.iter().map(|p| p.max(1.0 - p)).collect());
            let settings = Settings { kept: 0, hashed: false, ..*settings };
            let name = confidence::name_of(name);
            found.push(look(&name, role, &sure(x), &sure(y), &settings));
        }
    }
    found
}

fn look(
    name: &str,
    role: ColumnRole,
    before: &Values,
    now: &Values,
    settings: &Settings,
) -> Looked {
    let hashes = settings.hashed.then(|| (rows::hashes(before), rows::hashes(now)));
    let looked = match (before, now) {
        (Values::Number(a), Values::Number(b)) => numbers(name, role, a, b, settings),
        (Values::Number(a), Values::Category(c)) if c.levels.is_empty() => {
            numbers(name, role, a, &vec![f64::NAN; c.codes.len()], settings)
        }
        (Values::Number(_), Values::Category(_)) => {
            let why = "type-changed: it held numbers and holds text now";
            without_numbers(name, ColumnKind::Number, role, why)
        }
        (Values::Category(a), now) => categories(name, role, a, &as_categories(now), settings),
    };
    Looked { hashes, ..looked }
}

fn as_categories(values: &Values) -> Cow<'_, Categories> {
    match values {
        Values::Category(categories) => Cow::Borrowed(categories),
        Values::Number(numbers) => Cow::Owned(Categories::of_numbers(numbers)),
    }
}

fn numbers(name: &str, role: ColumnRole, a: &[f64], b: &[f64], settings: &Settings) -> Looked {
    let asked = settings.preset == Preset::Evidently && settings.more;
    let whole = asked && is_whole(a) && is_whole(b);
    let pair = Pair::Numbers { baseline: a, current: b, whole };
    let missing = |values: &[f64]| values.iter().filter(|x| !x.is_finite()).count();
    let rates = || (rate(missing(a), a.len()), rate(missing(b), b.len()));
    let mut looked = finish(name, ColumnKind::Number, role, &pair, &rates, settings);
    let constant = |values: &[f64]| {
        let mut finite = values.iter().filter(|x| x.is_finite());
        let first = finite.next();
        first.is_some() && finite.all(|x| Some(x) == first)
    };
    note_constant(&mut looked, constant(a), constant(b));
    looked.sampled = (settings.kept > 0).then(|| Sampled {
        name: name.to_owned(),
        baseline: rows::thinned(a, settings.kept),
        current: rows::thinned(b, settings.kept),
    });
    looked
}

fn categories(
    name: &str,
    role: ColumnRole,
    a: &Categories,
    b: &Categories,
    settings: &Settings,
) -> Looked {
    let labels = |c: &Categories| c.codes.iter().filter(|code| **code == Categories::NULL).count();
    let rates = || (rate(labels(a), a.codes.len()), rate(labels(b), b.codes.len()));
    let pair = Pair::Categories {
        baseline: Labels { levels: &a.levels, codes: &a.codes },
        current: Labels { levels: &b.levels, codes: &b.codes },
    };
    let mut looked = finish(name, ColumnKind::Category, role, &pair, &rates, settings);
    note_constant(&mut looked, a.levels.len() == 1, b.levels.len() == 1);
    looked.compared.notes.extend(spelled_apart(&a.levels, &b.levels));
    looked
}

fn rate(missing: usize, rows: usize) -> f64 {
    missing as f64 / rows.max(1) as f64
}

fn finish(
    name: &str,
    kind: ColumnKind,
    role: ColumnRole,
    pair: &Pair<'_>,
    rates: &dyn Fn() -> (f64, f64),
    settings: &Settings,
) -> Looked {
    let mut compared = compare(pair, settings.preset, settings.more);
    let counted = compared.undecided.as_ref().and_then(|undecided| undecided.null_rates);
    let (before, now) = counted.unwrap_or_else(rates);
    let mut metrics: BTreeMap<String, f64> = BTreeMap::new();
    for measured in &compared.measures {
        metrics.extend(measured.value.map(|v| (measured.measure.to_owned(), v)));
    }
    metrics.insert("null-rate-baseline".to_owned(), before);
    metrics.insert("null-rate-current".to_owned(), now);
    if let Some(undecided) = &compared.undecided {
        let named = [("out-of-range", undecided.out_of_range), ("new-categories", undecided.novel)];
        metrics.extend(named.into_iter().filter_map(|(n, v)| v.map(|v| (n.to_owned(), v))));
    }
    for (side, rate) in [("baseline", before), ("current", now)] {
        if rate >= 1.0 {
            compared.notes.push(format!("all-null: no value of the {side} is there"));
        }
    }
    let (sampled, hashes) = (None, None);
    Looked { name: name.to_owned(), kind, role, compared, metrics, sampled, hashes }
}

fn note_constant(looked: &mut Looked, before: bool, now: bool) {
    let said = match (before, now) {
        (true, true) => "both sides hold one value alone",
        (true, false) => "the baseline holds one value alone",
        (false, true) => "the current data holds one value alone",
        (false, false) => return,
    };
    looked.compared.notes.push(format!("constant-column: {said}"));
}

/// Levels of both sides that differ by case or white space only.
fn spelled_apart(before: &[String], now: &[String]) -> Option<String> {
    let plain = |level: &str| -> String {
        level.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found: Vec<(&str, &str)> = Vec::new();
    for level in before.iter().chain(now) {
        let first = *seen.entry(plain(level)).or_insert(level);
        if first != level && !found.contains(&(first, level)) && found.len() < 3 {
            found.push((first, level));
        }
    }
    let said: Vec<String> = found.iter().map(|(a, b)| format!("{a:?} and {b:?}")).collect();
    (!said.is_empty()).then(|| {
        format!("spelled-apart: categories differ by case or space only: {}", said.join(", "))
    })
}
