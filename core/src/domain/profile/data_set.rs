//! The profile of a data set, and what every use of it relies on.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::column::ColumnProfile;
use crate::domain::canonical;
use crate::domain::error::{Error, Result};

/// Version of the profile's layout.
pub const PROFILE_VERSION: u32 = 2;
/// Most rows of a profile: the largest whole number that JSON holds exactly.
const MAX_ROWS: u64 = 1 << 53;
/// What to do about a profile that cannot be used.
const AGAIN: &str = "make the profile, or package the model, again";
/// What to do about a profile that this program is too old for.
const LATER: &str =
    "a later outerloop made it: use that one, or make the profile, or package the model, again";

/// Profile of a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    /// [`PROFILE_VERSION`].
    pub profile_version: u32,
    /// Rows read.
    pub rows: u64,
    /// What has fewer rows than this was folded together; `null` where nothing was.
    pub drop_rare: Option<u64>,
    /// Columns in the order of the file.
    pub columns: Vec<ColumnProfile>,
    /// The same by segment; `null` where none was asked for.
    pub segments: Option<Segments>,
}

/// A profile for each value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Segments {
    /// The column.
    pub by: String,
    /// Its values, by name; rows where it is null are in none.
    pub segments: Vec<Segment>,
    /// Rows of segments that were folded away.
    pub other: u64,
}

/// The rows with one value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Segment {
    /// The value.
    pub name: String,
    /// Rows with it.
    pub rows: u64,
    /// The columns over these rows.
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    /// The column named `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The canonical bytes of the file.
    ///
    /// # Errors
    /// As [`canonical::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        canonical::to_bytes(self)
    }

    /// Reads a profile and checks it.
    ///
    /// # Errors
    /// Other bytes than those of a profile, one of another version, one that no data has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let profile: Self = serde_json::from_slice(bytes).map_err(|e| {
            let said = e.to_string();
            let of_version = [LATER, AGAIN]
                .into_iter()
                .find_map(|remedy| Some((said.split_once(&format!(": {remedy}"))?.0, remedy)));
            match of_version {
                Some((of_version, remedy)) => Error::input(of_version).hint(remedy),
                None => Error::input(format!("is no profile: {said}")).hint(AGAIN),
            }
        })?;
        profile.check()?;
        Ok(profile)
    }

    /// Checks what every comparison relies on: counts that add up to the rows, numbers that ascend
    /// and are finite, categories and columns that are named once.
    ///
    /// # Errors
    /// The first column that does not hold it, by name.
    pub fn check(&self) -> Result<()> {
        if self.rows > MAX_ROWS {
            let rows = self.rows;
            return Err(Error::input(format!("the profile counts {rows} rows")).hint(AGAIN));
        }
        check_columns(&self.columns, self.rows, "")?;
        let Some(segments) = &self.segments else { return Ok(()) };
        let names: BTreeSet<&str> = segments.segments.iter().map(|s| s.name.as_str()).collect();
        let rows = segments.segments.iter().map(|s| s.rows).chain([segments.other]);
        let sum = rows.fold(0u64, u64::saturating_add);
        if names.len() != segments.segments.len() || sum > self.rows {
            let by = segments.by.escape_debug();
            return Err(
                Error::input(format!("the profile's segments by `{by}` do not add up")).hint(AGAIN)
            );
        }
        segments.segments.iter().try_for_each(|s| {
            let place = format!(", segment `{}`", s.name.escape_debug());
            check_columns(&s.columns, s.rows, &place)
        })
    }
}

fn check_columns(columns: &[ColumnProfile], rows: u64, place: &str) -> Result<()> {
    let names: BTreeSet<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    if names.len() != columns.len() {
        return Err(Error::input("the profile names a column twice").hint(AGAIN));
    }
    columns.iter().try_for_each(|column| {
        column.check(rows).map_err(|why| {
            let name = column.name.escape_debug();
            Error::input(format!("the profile of column `{name}`{place} {why}")).hint(AGAIN)
        })
    })
}

impl<'de> Deserialize<'de> for Profile {
    /// The version is looked at first: a later or an earlier one is not read.
    fn deserialize<D: Deserializer<'de>>(input: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error as _;
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Written {
            profile_version: u32,
            rows: u64,
            drop_rare: Option<u64>,
            columns: Vec<ColumnProfile>,
            segments: Option<Segments>,
        }
        let value = serde_json::Value::deserialize(input)?;
        let version = value.get("profile-version").and_then(serde_json::Value::as_u64);
        if let Some(found) = version.filter(|v| *v != u64::from(PROFILE_VERSION)) {
            let remedy = if found > u64::from(PROFILE_VERSION) { LATER } else { AGAIN };
            return Err(D::Error::custom(format!(
                "the profile has version {found} and this program reads version \
                 {PROFILE_VERSION}: {remedy}"
            )));
        }
        let written: Written = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self {
            profile_version: written.profile_version,
            rows: written.rows,
            drop_rare: written.drop_rare,
            columns: written.columns,
            segments: written.segments,
        })
    }
}

#[cfg(test)]
#[path = "data_set_tests.rs"]
mod tests;
