//! Folds away names of a profile: those beyond the most frequent ones are counted together.

use crate::domain::profile::{ColumnProfile, ColumnValues, Profile};

/// Keeps at most `most` names of each column of text, the most frequent ones. The rows of the others
/// are counted together, as they are of those beyond what any profile names: sums, lengths and the
/// number of distinct values stay as they are.
pub fn keep_names(mut profile: Profile, most: usize) -> Profile {
    keep(&mut profile.columns, most);
    for segment in profile.segments.iter_mut().flat_map(|s| &mut s.segments) {
        keep(&mut segment.columns, most);
    }
    profile
}

fn keep(columns: &mut [ColumnProfile], most: usize) {
    for column in columns {
        if let ColumnValues::Category(categories) = &mut column.values {
            let rest = categories.levels.split_off(most.min(categories.levels.len()));
            categories.other += rest.iter().map(|level| level.count).sum::<u64>();
        }
    }
}
