//! Categories against the stored profile of categories.

use super::bins::shares;
use super::categories::{Counted, Levels, Untold};
use super::chi_squared;
use super::profile::{BinNames, Bins, Comparison, distances};
use crate::domain::profile::CategoryProfile;

/// What a profile does not tell of its levels: none that it leaves out has more values than the
/// rarest that it names.
pub(super) fn untold(profile: &CategoryProfile) -> Untold {
    let rarest = profile.levels.last().map_or(profile.other, |l| l.count + profile.undercount);
    Untold {
        values: profile.other,
        most: rarest.min(profile.other),
        undercount: profile.undercount.min(profile.other),
    }
}

/// Compares values by level, of which some may not be told, with the profile.
pub(super) fn compare<'a>(
    before: &'a CategoryProfile,
    current: impl Iterator<Item = (&'a str, u64)>,
    now: Untold,
) -> Comparison {
    let named = before.levels.iter().map(|l| (l.name.as_str(), l.count));
    let levels = Levels::of(named, current, (untold(before), now));
    let mut found = Comparison::default();
    if let Some(counted) = levels.counted() {
        distances(&mut found, &counted.baseline, &counted.current);
        let test = chi_squared::two_samples(&counted.baseline, &counted.current, false);
        if let Some(test) = test {
            found.metrics.insert("chi-squared".to_owned(), test.statistic);
            found.metrics.insert("chi-squared-p-value".to_owned(), test.p_value);
            found.shape_p = Some(test.p_value);
        }
        found.metrics.insert("not-told-apart".to_owned(), counted.rest);
        found.bins = drawn(counted);
    } else if before.other > 0 || !before.levels.is_empty() {
        found.metrics.insert("not-told-apart".to_owned(), 1.0);
    }
    if let Some(novelty) = levels.novelty() {
        found.metrics.insert("new-categories".to_owned(), novelty.share);
        found.novelty_p = Some(novelty.p_value);
        found.new = novelty.names;
    }
    found.lost = levels.lost();
    found
}

fn drawn(counted: Counted) -> Option<Bins> {
    let (baseline, current) = (shares(&counted.baseline)?, shares(&counted.current)?);
    Some(Bins { names: BinNames::Levels(counted.names), baseline, current })
}
