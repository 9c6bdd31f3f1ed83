//! Values and names with their counts.

use std::collections::HashMap;

use jiff::Timestamp;

use super::ask::{Ask, Parts};
use super::look::parts;
use crate::data::Categories;
use crate::domain::error::Result;
use crate::sql::{self, Levels, Numbers, Scope, Spelling};

/// Columns that one query is about.
const COLUMNS: usize = 16;

/// The counts of values of each column asked for, by its place; values in no order.
pub(super) type Counted<T> = HashMap<usize, Parts<Vec<(T, u64)>>>;

/// Numbers with their counts, ascending.
pub(super) fn numbers(
    ask: &Ask<'_>,
    scope: Scope<'_>,
    wanted: &[Numbers<'_>],
) -> Result<Counted<f64>> {
    let mut all: Counted<f64> = wanted.iter().map(|w| (w.place, Parts::new())).collect();
    ask.each(
        wanted,
        COLUMNS,
        |some| sql::numbers(scope, some),
        |answer| {
            let found = answer.numbers("x")?.into_iter().zip(answer.counts("n")?);
            let places = answer.counts("c")?.into_iter().zip(parts(&answer, scope)?);
            for ((c, part), pair) in places.zip(found) {
                all.entry(c as usize).or_default().entry(part).or_default().push(pair);
            }
            Ok(())
        },
    )?;
    let each = all.values_mut().flat_map(|parts| parts.values_mut());
    each.for_each(|pairs| pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0)));
    Ok(all)
}

/// Names with their counts.
pub(super) fn levels(
    ask: &Ask<'_>,
    scope: Scope<'_>,
    wanted: &[Levels<'_>],
) -> Result<Counted<String>> {
    let mut all: Counted<String> = wanted.iter().map(|w| (w.place, Parts::new())).collect();
    let spelling: HashMap<usize, Spelling> =
        wanted.iter().map(|w| (w.place, w.column.spelling())).collect();
    ask.each(
        wanted,
        COLUMNS,
        |some| sql::levels(scope, some),
        |answer| {
            let found = answer.texts("x")?.into_iter().zip(answer.counts("n")?);
            let places = answer.counts("c")?.into_iter().zip(parts(&answer, scope)?);
            for ((c, part), (text, n)) in places.zip(found) {
                let c = c as usize;
                let spelling = spelling.get(&c).copied().unwrap_or(Spelling::Name);
                let name = spelled(spelling, text.unwrap_or_default());
                all.entry(c).or_default().entry(part).or_default().push((name, n));
            }
            Ok(())
        },
    )?;
    Ok(all)
}

/// The name of a category, as it is read from files.
pub(super) fn spelled(spelling: Spelling, text: String) -> String {
    match spelling {
        Spelling::Name => text,
        Spelling::Number => {
            let number = text.parse::<f64>().ok();
            let name = number.and_then(|x| Categories::of_numbers(&[x]).levels.pop());
            name.unwrap_or(text)
        }
        Spelling::Moment => {
            let moment = text.parse().ok().and_then(|us| Timestamp::from_microsecond(us).ok());
            moment.map_or(text, |moment| moment.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files() {
        let spell = |spelling, text: &str| spelled(spelling, text.to_owned());
        assert_eq!(spell(Spelling::Number, "1.0"), "1");
        assert_eq!(spell(Spelling::Number, "2.5E-1"), "0.25");
        assert_eq!(spell(Spelling::Moment, "0"), "1970-01-01T00:00:00Z");
        assert_eq!(spell(Spelling::Name, "1.0"), "1.0");
    }
}
