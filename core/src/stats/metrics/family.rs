//! Metrics that differ by a number in their name, such as `quantile-loss-0.9`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::definition::Definition;

/// Metrics that differ by a number in their name.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What is before the number.
    pub before: &'static str,
    /// What is after the number.
    pub after: &'static str,
    /// The letter that stands for the number.
    pub letter: &'static str,
    /// What they measure, with the letter.
    pub about: &'static str,
    /// Which numbers are allowed, in words.
    pub allowed: &'static str,
    /// Which numbers are allowed.
    pub allows: fn(f64) -> bool,
    /// One of them; the others differ by name and parameter.
    pub base: &'static Definition,
}

impl Family {
    /// The name with the letter in place of the number.
    pub fn pattern(&self) -> String {
        format!("{}{}{}", self.before, self.letter, self.after)
    }

    /// The number in a name of this family; none where the name is of another.
    pub fn number(&self, name: &str) -> Option<f64> {
        let number = name.strip_prefix(self.before)?.strip_suffix(self.after)?;
        // A plain decimal number: no exponent, no sign, no `inf`.
        let plain = number.len() <= 12 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if plain { number.parse().ok() } else { None }
    }

    /// The name with a number.
    pub fn name(&self, number: f64) -> String {
        format!("{}{number}{}", self.before, self.after)
    }

    /// The metric with an allowed number. It is kept for as long as the program runs, so that the
    /// same name is the same metric.
    pub fn definition(&self, number: f64) -> &'static Definition {
        let name = self.name(number);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(name.as_str()) {
            return known;
        }
        let about: &'static str = self.about.replace(self.letter, &number.to_string()).leak();
        let name: &'static str = name.leak();
        let made = Definition { name, about, shown: &[], ..*self.base }.with(number);
        let made: &'static Definition = Box::leak(Box::new(made));
        kept.insert(name, made);
        made
    }
}

static KEPT: Mutex<BTreeMap<&'static str, &'static Definition>> = Mutex::new(BTreeMap::new());
