//! The profile of a table or a query, asked for step by step.

use std::cell::Cell;
use std::collections::HashMap;

use super::ask::{Ask, Parts};
use super::look::{Looked, Seen, look};
use super::rounds::{Distributed, Plan, Wanted, by_part, whole};
use super::values::{Counted, levels, numbers};
use super::{build, columns};
use crate::data::ProfileOptions;
use crate::data::clocks::leave_out;
use crate::domain::error::{Error, Result};
use crate::domain::profile::{
    ColumnProfile, EXACT_LEVELS, MAX_CATEGORIES, PROFILE_VERSION, Profile, Segment, Segments,
};
use crate::ports::engine::Engine;
use crate::sql::{Column, Levels, Numbers, Relation, Scope};
use crate::steps::profile::folded;

/// Most segments.
const MAX_SEGMENTS: usize = 200;
/// A value is frequent when one of so many rows has it.
const FREQUENT: u64 = 200;

/// What to profile, and by which engine.
pub struct EngineInput<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// Where the rows are.
    pub relation: &'a Relation,
    /// The relation in words, for messages.
    pub source: &'a str,
    /// Columns that are categories: numeric ones, and those of times, which are left out else.
    pub categories: &'a [String],
    /// Columns that somebody asks to leave out: one that is not there is an error.
    pub ignore: &'a [String],
    /// What the columns are, and all that are left out.
    pub options: ProfileOptions,
    /// Column by whose values the rows are profiled once more.
    pub by: Option<&'a str>,
    /// Most names that are kept of a column of text; none: as many as a profile may name.
    pub names: Option<usize>,
    /// What has fewer rows is folded together.
    pub drop_rare: Option<u64>,
    /// Is told each query before it is run.
    pub tell: &'a dyn Fn(&str),
}

/// A profile and what it took.
#[derive(Debug)]
pub struct EngineProfile {
    /// The profile.
    pub profile: Profile,
    /// Queries that were run.
    pub queries: u64,
}

/// Profiles the rows of a relation.
///
/// # Errors
/// What the engine refuses; no rows or columns; a column of a kind that is not profiled; a named
/// column that is not there; data that changes meanwhile.
pub fn run(input: &EngineInput<'_>) -> Result<EngineProfile> {
    let ask = Ask { engine: input.engine, tell: input.tell, queries: Cell::new(0) };
    (ask.tell)(&input.relation.columns());
    ask.queries.set(1);
    let schema = input.engine.query(&input.relation.columns())?.schema;
    let columns = columns::of(&schema, input)?;
    let scope = Scope { relation: input.relation, by: None };
    let (rows, seen) = look(&ask, scope, &columns)?;
    let rows = rows.get("").copied().unwrap_or(0);
    if rows == 0 {
        return Err(Error::input(format!("{} has no rows", input.source))
            .hint("a baseline needs data to compare with"));
    }
    let work = Work { ask: &ask, input, columns: &columns };
    let (profiles, plans) = work.whole(scope, &seen)?;
    let segments = match input.by {
        Some(by) => Some(work.segments(by, &seen, &plans)?),
        None => None,
    };
    let columns = profiles.into_iter().filter_map(|mut parts| parts.remove("")).collect();
    let profile =
        Profile { profile_version: PROFILE_VERSION, rows, drop_rare: None, columns, segments };
    profile.check()?;
    let (profile, _) = leave_out(profile, &[], &|name| columns::is_named(name, input));
    let profile = folded(profile, input.names, input.drop_rare);
    Ok(EngineProfile { profile, queries: ask.queries.get() })
}

struct Work<'a> {
    ask: &'a Ask<'a>,
    input: &'a EngineInput<'a>,
    columns: &'a [Column],
}

/// Each column in each part.
type Profiles = Vec<Parts<ColumnProfile>>;

/// Distributions of numbers of many values, by column and part.
type Many = HashMap<usize, Parts<Distributed>>;

impl Work<'_> {
    fn whole(
        &self,
        scope: Scope<'_>,
        seen: &[Parts<Seen>],
    ) -> Result<(Profiles, HashMap<usize, Plan>)> {
        let many: Vec<(usize, &Column, &Seen)> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(c, column)| column.is_number() && most_distinct(&seen[*c]) > EXACT_LEVELS)
            .filter_map(|(c, column)| Some((c, column, seen[c].get("")?)))
            .collect();
        let frequent = self.frequent(scope, &many)?;
        let wanted: Vec<Wanted<'_>> = many
            .iter()
            .map(|(place, column, seen)| Wanted {
                place: *place,
                column,
                seen,
                frequent: frequent.get(place).cloned().unwrap_or_default(),
            })
            .collect();
        let counted = whole(self.ask, scope, &wanted)?;
        let plan = |d: &Distributed| Plan {
            edges: thinned(d),
            power: d.shifted.power,
            pivot: d.shifted.pivot,
        };
        let plans = counted.iter().map(|(c, d)| (*c, plan(d))).collect();
        let one = |d: Distributed| Parts::from([(String::new(), d)]);
        let many = counted.into_iter().map(|(c, d)| (c, one(d))).collect();
        Ok((self.profiles(scope, seen, many)?, plans))
    }

    /// Values that many rows have, of the columns where there may be some.
    fn frequent(
        &self,
        scope: Scope<'_>,
        many: &[(usize, &Column, &Seen)],
    ) -> Result<HashMap<usize, Vec<f64>>> {
        let wanted: Vec<Numbers<'_>> = many
            .iter()
            .map(|(place, column, seen)| (place, column, seen, (seen.count / FREQUENT).max(2)))
            .filter(|(_, _, seen, least)| seen.count - seen.distinct + 1 >= *least)
            .map(|(place, column, _, least)| Numbers { place: *place, column, least })
            .collect();
        let found = numbers(self.ask, scope, &wanted)?;
        let values = |parts: Parts<Vec<(f64, u64)>>| {
            parts.into_values().flatten().map(|(value, _)| value).collect()
        };
        Ok(found.into_iter().map(|(c, parts)| (c, values(parts))).collect())
    }

    fn segments(
        &self,
        by: &str,
        whole: &[Parts<Seen>],
        plans: &HashMap<usize, Plan>,
    ) -> Result<Segments> {
        let place = self.columns.iter().position(|c| c.name == by);
        let Some((place, column)) = place.map(|p| (p, &self.columns[p])) else {
            return Err(Error::usage(format!("column `{by}` parts the rows and is ignored"))
                .hint("leave it out of --ignore"));
        };
        if most_distinct(&whole[place]) > MAX_SEGMENTS {
            return Err(Error::input(format!("column `{by}` has more than {MAX_SEGMENTS} values"))
                .hint("take a column with fewer values for the segments"));
        }
        let scope = Scope { relation: self.input.relation, by: Some(column) };
        let (rows, seen): Looked = look(self.ask, scope, self.columns)?;
        let wanted: Vec<(usize, &Column, &Plan)> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(c, _)| most_distinct(&seen[*c]) > EXACT_LEVELS)
            .filter_map(|(c, column)| Some((c, column, plans.get(&c)?)))
            .collect();
        let many = by_part(self.ask, scope, &wanted, &seen)?;
        let mut profiles = self.profiles(scope, &seen, many)?;
        profiles.remove(place);
        let segment = |(name, rows): (String, u64)| {
            let columns = profiles.iter_mut().filter_map(|parts| parts.remove(&name)).collect();
            Segment { name, rows, columns }
        };
        let segments = rows.into_iter().map(segment).collect();
        Ok(Segments { by: by.to_owned(), segments, other: 0 })
    }

    /// Every column in every part; `many` has the numbers that were counted in steps.
    fn profiles(&self, scope: Scope<'_>, seen: &[Parts<Seen>], mut many: Many) -> Result<Profiles> {
        let places = || self.columns.iter().enumerate();
        let few: Vec<Numbers<'_>> = places()
            .filter(|(c, column)| column.is_number() && !many.contains_key(c))
            .map(|(place, column)| Numbers { place, column, least: 0 })
            .collect();
        let named: Vec<Levels<'_>> = places()
            .filter(|(_, column)| !column.is_number())
            .map(|(place, column)| {
                let beyond = most_distinct(&seen[place]) > MAX_CATEGORIES;
                Levels { place, column, most: beyond.then_some(MAX_CATEGORIES) }
            })
            .collect();
        let mut few = numbers(self.ask, scope, &few)?;
        let mut named = levels(self.ask, scope, &named)?;
        places()
            .map(|(c, column)| {
                let role = self.input.options.role(&column.name);
                let one = |(part, seen): (&String, &Seen)| {
                    let profile = match many.get_mut(&c).map(|parts| parts.remove(part)) {
                        Some(Some(counted)) => build::many(column, role, seen, counted),
                        _ if column.is_number() => {
                            build::few(column, role, seen, &own(&mut few, c, part))?
                        }
                        _ => build::categories(column, role, seen, own(&mut named, c, part))?,
                    };
                    Ok((part.clone(), profile))
                };
                seen[c].iter().map(one).collect()
            })
            .collect()
    }
}

fn own<T>(all: &mut Counted<T>, place: usize, part: &str) -> Vec<(T, u64)> {
    all.get_mut(&place).and_then(|parts| parts.remove(part)).unwrap_or_default()
}

fn most_distinct(parts: &Parts<Seen>) -> usize {
    parts.values().map(|s| s.distinct).max().map_or(0, |n| n.try_into().unwrap_or(usize::MAX))
}

/// The edges that parts are cut at.
fn thinned(counted: &Distributed) -> Vec<f64> {
    use crate::stats::sketch::points::fitted;
    let points = fitted(&counted.known.points, EXACT_LEVELS, crate::domain::profile::MOST_BYTES);
    points.points.iter().map(|p| p.value).collect()
}
