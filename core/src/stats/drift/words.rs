//! What is wrong with the values of a column, in plain words with a stable code first: the same
//! whether rows or profiles are compared.

/// Most names that are listed, and most characters of each.
const LISTED: (usize, usize) = (5, 40);

/// More values are missing than before.
pub fn null_rate_rose(before: f64, now: f64) -> String {
    let (before, now) = (percent(before), percent(now));
    format!("null-rate-rose: {now} of the values are missing, {before} before")
}

/// A share of the values lies beyond the baseline's.
pub fn out_of_range(share: f64) -> String {
    format!("out-of-range: {} of the values lie outside the baseline's range", percent(share))
}

/// A share of the values, beyond what was to be expected, is in categories that the baseline does not
/// have.
pub fn new_categories(share: f64, names: &[String]) -> String {
    let (share, names) = (percent(share), some_of(names));
    format!("new-categories: {share} of the values are in new ones ({names})")
}

/// Categories that ought to come and do not; `None` where there are none.
pub fn lost_categories(names: &[String]) -> Option<String> {
    let listed = some_of(names);
    (!names.is_empty()).then(|| format!("lost-category: no value is {listed} any more"))
}

/// More than half of the baseline's values are in categories that are compared as one; `None` where
/// that is not so.
pub fn not_comparable(rest: f64) -> Option<String> {
    let share = percent(rest);
    (rest > 0.5).then(|| {
        format!(
            "not-comparable: {share} of the baseline's values are in categories too rare to be told \
             apart; drift among these is not seen"
        )
    })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn some_of(names: &[String]) -> String {
    let (most, characters) = LISTED;
    let short = |name: &String| format!("`{}`", name.chars().take(characters).collect::<String>());
    let mut listed: Vec<String> = names.iter().take(most).map(short).collect();
    if names.len() > listed.len() {
        listed.push(format!("{} more", names.len() - listed.len()));
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_names_are_listed_and_long_ones_cut() {
        let names: Vec<String> = (0..7).map(|i| format!("{i}{}", "x".repeat(50))).collect();
        let said = new_categories(0.125, &names);
        assert!(said.starts_with("new-categories: 12.5 % of the values are in new ones (`0xxx"));
        assert!(said.ends_with(", 2 more)") && said.matches('x').count() == 5 * 39, "{said}");
        assert_eq!((lost_categories(&[]), not_comparable(0.5)), (None, None));
        assert!(not_comparable(0.97).is_some_and(|said| said.contains("97.0 % of the baseline")));
        assert!(
            lost_categories(&names[..1]).is_some_and(|said| said.starts_with("lost-category: "))
        );
    }
}
