//! Numbers as people read them in messages and reports.

/// `value` with four significant digits, without trailing zeros: `0.9786`, `1246`, `3.2e-7`.
/// Numbers from 10 000 up are rounded to whole ones.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "not a number".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "infinite".to_owned() } else { "−infinite".to_owned() }
    } else if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e15).contains(&size) {
        minus(format!("{value:.2e}"))
    } else {
        let digits = (3 - size.log10().floor() as i32).max(0) as usize;
        minus(trimmed(format!("{value:.digits$}")))
    }
}

/// Two numbers as [`figure`] writes them, or in full where they would look the same but are not.
pub fn apart(a: f64, b: f64) -> (String, String) {
    let (short_a, short_b) = (figure(a), figure(b));
    if short_a == short_b && a != b {
        (minus(format!("{a}")), minus(format!("{b}")))
    } else {
        (short_a, short_b)
    }
}

/// As [`figure`], with the sign always in front: `+0.0067`, `−0.0021`.
pub fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", figure(value)) } else { figure(value) }
}

/// `value` with four decimals, so that numbers of one column stand below each other: `0.9060`,
/// `12.5000`. Numbers from 1000 up, and those that would be shown as zero, as [`figure`].
pub fn aligned(value: f64) -> String {
    if value.is_finite() && (value == 0.0 || (5e-5..1e3).contains(&value.abs())) {
        minus(format!("{value:.4}"))
    } else {
        figure(value)
    }
}

/// As [`aligned`], with the sign always in front.
pub fn aligned_signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", aligned(value)) } else { aligned(value) }
}

/// `1 file`, `2 files`: a number with the word for what is counted.
pub fn counted(value: u64, word: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {word}{plural}", count(value))
}

/// A p-value with its letter: `p 0.0312`, `p < 0.0001`.
pub fn p_value(p: f64) -> String {
    if p < 1e-4 { "p < 0.0001".to_owned() } else { format!("p {p:.4}") }
}

/// A share from 0 to 1 as a percentage with at most one decimal: `95 %`, `97.5 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", trimmed(format!("{:.1}", share * 100.0)))
}

/// A whole number with thin spaces between its thousands: `20 000`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

fn trimmed(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn minus(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_carry_the_news() {
        assert_eq!(figure(0.978_559_249), "0.9786");
        assert_eq!(figure(-0.005_124), "−0.005124");
        assert_eq!(figure(1246.03), "1246");
        assert_eq!(figure(0.85), "0.85");
        assert_eq!(figure(3.2e-7), "3.20e-7");
        assert_eq!(figure(f64::NAN), "not a number");
        assert_eq!(signed(0.01), "+0.01");
        assert_eq!(apart(0.849_999, 0.85), ("0.849999".to_owned(), "0.85".to_owned()));
        assert_eq!(percent(0.975), "97.5 %");
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(count(120), "120");
        assert_eq!(aligned(0.906), "0.9060");
        assert_eq!(aligned(1e-6), "1.00e-6");
        assert_eq!(aligned_signed(-0.0294), "−0.0294");
        assert_eq!((counted(1, "row"), counted(2, "row")), ("1 row".into(), "2 rows".into()));
    }
}
