//! Folds away of a profile what tells of few rows.

use crate::domain::profile::{
    CategoryProfile, ColumnProfile, ColumnValues, Distribution, Level, NumberProfile, Point,
    Points, Profile,
};

/// Folds levels, values and segments with fewer than `least` rows together with others: no name,
/// no value and no step between two values then stands for fewer rows. The smallest and the
/// largest number become those that at least so many rows reach; sums stay exact.
pub fn drop_rare(mut profile: Profile, least: u64) -> Profile {
    profile.drop_rare = Some(profile.drop_rare.unwrap_or(0).max(least));
    fold_columns(&mut profile.columns, least);
    if let Some(segments) = &mut profile.segments {
        let (kept, rare) = segments.segments.drain(..).partition(|s| s.rows >= least);
        segments.segments = kept;
        segments.other += rare.iter().map(|s| s.rows).sum::<u64>();
        segments.segments.iter_mut().for_each(|s| fold_columns(&mut s.columns, least));
    }
    profile
}

fn fold_columns(columns: &mut [ColumnProfile], least: u64) {
    for column in columns {
        let count = column.count;
        match &mut column.values {
            ColumnValues::Number(numbers) => fold_numbers(numbers, count, least),
            ColumnValues::Category(categories) => fold_levels(categories, least),
        }
    }
}

/// The rest too must stand for enough rows: rarer levels join it until it does.
fn fold_levels(categories: &mut CategoryProfile, least: u64) {
    let rare = |level: &Level| level.count < least;
    while let Some(last) = categories.levels.last()
        && (rare(last) || (categories.other > 0 && categories.other < least))
    {
        categories.other += last.count;
        categories.levels.pop();
    }
}

fn fold_numbers(numbers: &mut NumberProfile, count: u64, least: u64) {
    if count == 0 {
        return;
    }
    let points = folded(&numbers.distribution.points(), numbers.mean, least);
    if let (Some(first), Some(last)) = (points.points.first(), points.points.last()) {
        numbers.min = first.value.min(numbers.mean);
        numbers.max = last.value.max(numbers.mean);
    }
    numbers.distribution = Distribution::of(points);
    for signs in [&mut numbers.zeros, &mut numbers.negative] {
        if *signs < least {
            *signs = 0;
        }
    }
}

fn folded(all: &Points, mean: f64, least: u64) -> Points {
    let mut kept: Vec<Point> = Vec::new();
    for point in &all.points {
        let before = kept.last().map_or(0, |p| p.upto);
        if point.upto - before < least.max(1) {
            continue;
        }
        let (own, gap) = (point.upto - point.below, point.below.saturating_sub(before));
        let below = match () {
            () if kept.is_empty() => 0,
            () if own >= least && (gap == 0 || gap >= least) => point.below,
            () if own >= least => before,
            () => point.upto,
        };
        kept.push(Point { below, ..*point });
    }
    let before = kept.len().checked_sub(2).map_or(0, |at| kept[at].upto);
    match kept.last_mut() {
        Some(last) if last.upto < all.total() => {
            // The values beyond join the last step, and then all of it is at its value.
            last.below = if last.below == last.upto { before } else { last.below };
            last.upto = all.total();
        }
        Some(_) => {}
        None => kept.push(Point { value: mean, below: 0, upto: all.total() }),
    }
    Points { points: kept, error: all.error }
}
