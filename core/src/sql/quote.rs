//! Names and literals.

/// A name between backticks.
pub fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A finite number that every engine takes for a double, with all its digits.
pub(super) fn number(value: f64) -> String {
    format!("{value:e}")
}

/// The largest finite number.
pub(super) fn largest() -> String {
    number(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_have_an_exponent_and_come_back() {
        assert_eq!(number(0.0), "0e0");
        assert_eq!(largest(), "1.7976931348623157e308");
        for value in [0.1, -1.0 / 3.0, 5e-324, 123_456_789.125, -f64::MAX] {
            assert_eq!(number(value).parse::<f64>(), Ok(value));
            assert!(number(value).contains('e'));
        }
        assert_eq!(name("a`b.\"c"), "`a``b.\"c`");
    }
}
