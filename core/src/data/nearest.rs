//! Which column somebody may have meant.

use crate::domain::error::{Error, Result};

/// The hint for a column that there is none of: the nearest of `names`, where one is near, and all.
pub(crate) fn hint<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    // Both sides of a comparison may have a column.
    let mut all: Vec<&str> = Vec::new();
    names.into_iter().for_each(|name| {
        if !all.contains(&name) {
            all.push(name);
        }
    });
    let names = all;
    let nearest = names
        .iter()
        .map(|other| (strsim::damerau_levenshtein(other, name), *other))
        .filter(|(distance, _)| *distance <= (name.chars().count() / 3).max(2))
        .min_by_key(|(distance, _)| *distance);
    let guess = nearest.map(|(_, near)| format!("did you mean `{}`? ", near.escape_debug()));
    let shown: Vec<String> =
        names.iter().take(MOST).map(|name| name.escape_debug().to_string()).collect();
    let more = if names.len() > MOST { " …" } else { "" };
    format!("{}It has: {}{more}", guess.unwrap_or_default(), shown.join(", "))
}

/// Most columns that a hint names.
const MOST: usize = 40;

/// Refuses a column of `asked` that is not among `names`; `by` is who asks for it, such as
/// `--ignore`.
///
/// # Errors
/// Such a column, with the nearest.
pub(crate) fn check(asked: &[String], names: &[&str], by: &str) -> Result<()> {
    match asked.iter().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::input(format!(
            "no column `{}`, which {by} names, is in the data",
            name.escape_debug()
        ))
        .hint(hint(name, names.iter().copied()))),
    }
}

/// Refuses a column that a list of the configuration names, where none of `names` is it and one is
/// a slip of the pen away: such a list may name columns that only some of the data has.
///
/// # Errors
/// Such a column, with the one that is meant.
pub(crate) fn check_slips(listed: &[String], names: &[&str], key: &str) -> Result<()> {
    let absent = listed.iter().filter(|name| !names.contains(&name.as_str()));
    for name in absent {
        if names.iter().any(|other| is_slip(name, other)) {
            return Err(Error::config(format!(
                "`{key}` of outerloop.yaml names the column `{}`, which the data does not have",
                name.escape_debug()
            ))
            .hint(hint(name, names.iter().copied())));
        }
    }
    Ok(())
}

/// Whether two names are one letter apart, and not by a digit alone.
fn is_slip(name: &str, other: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let long = name.chars().count().min(other.chars().count()) >= 3;
    long && strsim::damerau_levenshtein(name, other) == 1 && letters(name) != letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_guessed_and_what_is_far_is_not() {
        assert_eq!(hint("agee", ["age", "sex"]), "did you mean `age`? It has: age, sex");
        assert!(is_slip("agee", "age") && is_slip("naem", "name"));
        assert!(!is_slip("x1", "x2") && !is_slip("part-1", "part-2") && !is_slip("id", "at"));
        assert_eq!(hint("income", ["age", "sex", "age"]), "It has: age, sex");
    }
}
