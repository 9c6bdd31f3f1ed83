//! Columns of times. A time moves on, which is no drift, and formats keep times in different ways:
//! such columns are not compared unless they are named as categories.

use super::kinds::GuessedKind;
use super::run::CompareInput;
use crate::data::clocks::are_times;
use crate::data::{ReadOptions, Values};

/// Values of a column of numbers that are looked at.
const LOOKED_AT: usize = 100;
/// Whole numbers from here on may be times since 1970, in any unit.
const SINCE_1970: f64 = 1e8;

/// What one side of a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    /// Times, as the file declares.
    Moments,
    /// Text, each of which is a time.
    Written,
    /// Numbers that may be times.
    Clock,
    Numbers,
    Text,
}

impl Held {
    /// `declared`: the file says that these numbers are times.
    fn of(values: &Values, declared: bool) -> Self {
        match values {
            Values::Category(c) if c.levels.is_empty() => Self::Nothing,
            Values::Category(c) if are_times(c.levels.iter().map(String::as_str)) => Self::Written,
            Values::Category(_) => Self::Text,
            Values::Number(_) if declared => Self::Moments,
            Values::Number(numbers) => {
                let clock = |x: &f64| x.fract() == 0.0 && *x >= SINCE_1970;
                let mut there = numbers.iter().filter(|x| !x.is_nan()).take(LOOKED_AT).peekable();
                match (there.peek().is_some(), there.all(clock)) {
                    (false, _) => Self::Nothing,
                    (true, true) => Self::Clock,
                    (true, false) => Self::Numbers,
                }
            }
        }
    }

    fn is_of_times(self) -> bool {
        matches!(self, Self::Moments | Self::Written)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Moments | Self::Written => "times",
            Self::Numbers | Self::Clock => "numbers",
            Self::Text | Self::Nothing => "text",
        }
    }
}

/// What is done with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// It is compared.
    Compared,
    /// It is left out, as it holds times; why so.
    LeftOut(String),
    /// One side alone holds times.
    Changed(String),
}

/// Looks at both sides of a column: the values, and whether the files declare them to be times.
pub(super) fn judge(before: (&Values, bool), now: (&Values, bool)) -> Done {
    let (a, b) = (Held::of(before.0, before.1), Held::of(now.0, now.1));
    let others = [Held::Moments, Held::Written, Held::Clock, Held::Nothing];
    match (a, b) {
        (a, b) if !a.is_of_times() && !b.is_of_times() => Done::Compared,
        (a, b) if others.contains(&a) && others.contains(&b) => Done::LeftOut(why(a, b).to_owned()),
        // Both are text, and read as text: they can be compared.
        (Held::Written, Held::Text) | (Held::Text, Held::Written) => Done::Compared,
        (a, b) => {
            let (a, b) = (a.word(), b.word());
            Done::Changed(format!("type-changed: it held {a} and holds {b} now"))
        }
    }
}

fn why(a: Held, b: Held) -> &'static str {
    match (a, b) {
        (Held::Clock, _) => "the current data holds times, the baseline numbers that may be times",
        (_, Held::Clock) => "the baseline holds times, the current data numbers that may be times",
        (Held::Moments, _) | (_, Held::Moments) => "the file declares it",
        _ => "its text is dates or times",
    }
}

/// What is said of a column that is left out.
pub(super) fn guessed(column: &str, why: &str) -> GuessedKind {
    GuessedKind {
        column: column.to_owned(),
        kind: "time",
        why: format!("{why}; it is not compared"),
        option: format!("--categories {column}"),
    }
}

/// How both sides are read: without what is ignored, and without the columns of times and ids that
/// the configuration names, unless they are named as categories.
pub(super) fn read_options(input: &CompareInput<'_>) -> ReadOptions {
    let config = input.config;
    let beside = config.time.iter().chain(&config.id);
    let beside = beside.filter(|name| !input.categories.contains(name));
    ReadOptions {
        categories: input.categories.to_vec(),
        ignore: config.ignore.iter().chain(beside).cloned().collect(),
        text: config.text,
        ..ReadOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Categories;

    #[test]
    fn times_are_left_out_and_a_change_to_something_else_is_told() {
        let text = |value: &str| Values::Category(Categories::of([Some(value), None]));
        let number = |value: f64| Values::Number(vec![value, f64::NAN]);
        let nothing = Values::Number(vec![f64::NAN]);
        let left_out = |done: Done| matches!(done, Done::LeftOut(_));
        let day = text("2026-11-01");
        for (other, declared) in [
            (&day, false),
            (&number(7.0), true),
            (&number(1_793_520_000.0), false),
            (&nothing, false),
        ] {
            assert!(left_out(judge((&day, false), (other, declared))), "{other:?}");
            assert!(left_out(judge((other, declared), (&day, false))), "{other:?}");
        }
        let changed = |words: &str| Done::Changed(format!("type-changed: {words} now"));
        let (soon, age) = (text("soon"), number(7.0));
        assert_eq!(judge((&day, false), (&age, false)), changed("it held times and holds numbers"));
        assert_eq!(judge((&age, false), (&day, false)), changed("it held numbers and holds times"));
        assert_eq!(judge((&age, true), (&soon, false)), changed("it held times and holds text"));
        assert_eq!(judge((&day, false), (&soon, false)), Done::Compared, "both are text");
        assert_eq!(judge((&age, false), (&soon, false)), Done::Compared);
        assert_eq!(judge((&nothing, false), (&nothing, false)), Done::Compared);
    }
}
