//! What is worth a look and no drift by itself, in lines for people.

use std::collections::BTreeMap;

/// Most columns that a line names.
const NAMED: usize = 5;

/// A column as far as there is something to remark.
pub(crate) struct Remarked<'a> {
    pub(crate) name: &'a str,
    pub(crate) drifted: bool,
    /// Whether any number of it could be worked out on both sides.
    pub(crate) compared: bool,
    pub(crate) reasons: &'a [String],
}

/// How many columns could be compared.
pub(crate) fn compared(columns: &[Remarked<'_>]) -> usize {
    columns.iter().filter(|c| c.drifted || c.compared).count()
}

/// One line for the columns that could not be compared, and one for each kind of remark about
/// columns that did not drift: what drifted is told in full elsewhere.
pub(crate) fn lines(columns: &[Remarked<'_>]) -> Vec<String> {
    let calm = || columns.iter().filter(|c| !c.drifted);
    let apart: Vec<&str> = calm().filter(|c| !c.compared).map(|c| c.name).collect();
    let mut lines = Vec::new();
    if !apart.is_empty() {
        let (some, all) = (apart.len(), columns.len());
        lines.push(format!("{some} of {all} columns could not be compared: {}", named(&apart)));
    }
    let mut kinds: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for column in calm() {
        for (code, said) in column.reasons.iter().filter_map(|reason| reason.split_once(": ")) {
            kinds.entry(code).or_default().push((column.name, said));
        }
    }
    for (code, found) in kinds {
        let mut names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        names.dedup();
        let said = found[0].1;
        let same = found.iter().all(|(_, other)| *other == said);
        let such = if same { String::new() } else { format!("`{}`: ", names[0].escape_debug()) };
        lines.push(match names.len() {
            1 => format!("{code}: {}: {said}", named(&names)),
            more => format!("{code}: {more} columns ({}): {such}{said}", named(&names)),
        });
    }
    lines
}

fn named(names: &[&str]) -> String {
    let shown: Vec<String> =
        names.iter().take(NAMED).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_line_and_what_could_not_be_compared_is_said() {
        let all_null = ["all-null: no value of the current is there".to_owned()];
        let spelt = ["spelled-apart: categories differ by case: \"a\" and \"A\"".to_owned()];
        let column =
            |name, drifted, compared, reasons| Remarked { name, drifted, compared, reasons };
        let columns = [
            column("a", false, false, &all_null),
            column("b", false, false, &all_null),
            column("c", false, true, &spelt),
            column("d", true, true, &spelt),
        ];
        assert_eq!(compared(&columns), 2);
        assert_eq!(
            lines(&columns),
            [
                "2 of 4 columns could not be compared: `a`, `b`",
                "all-null: 2 columns (`a`, `b`): no value of the current is there",
                "spelled-apart: `c`: categories differ by case: \"a\" and \"A\"",
            ]
        );
    }
}
