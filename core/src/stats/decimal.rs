//! Arithmetic on numbers as they are written. In binary, 0.85 − 0.80 is a little less than 0.05;
//! who writes a bound of 0.05 means the decimal number.

/// `mantissa · 10^exponent`, from the shortest decimal that reads back as the same `f64`.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    fn of(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e')?;
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = format!("{whole}{part}").parse().ok()?;
        Some(Self { mantissa, exponent: exponent.parse::<i32>().ok()? - part.len() as i32 })
    }

    fn at(self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent - exponent).ok()?;
        self.mantissa.checked_mul(10i128.checked_pow(power)?)
    }
}

/// `a − b` as decimals, rounded to the nearest `f64` once: 0.85 − 0.80 is 0.05. Numbers too far
/// apart for exact arithmetic are subtracted in binary, where it makes no difference.
pub fn difference(a: f64, b: f64) -> f64 {
    exact_difference(a, b).unwrap_or(a - b)
}

fn exact_difference(a: f64, b: f64) -> Option<f64> {
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    let exponent = a.exponent.min(b.exponent);
    let mantissa = a.at(exponent)?.checked_sub(b.at(exponent)?)?;
    format!("{mantissa}e{exponent}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_compared() {
        let (high, low) = (std::hint::black_box(0.85), 0.80);
        assert!(high - low < 0.05, "binary arithmetic has the trap");
        assert_eq!(difference(0.85, 0.80), 0.05);
        assert_eq!(difference(0.3, 0.1), 0.2);
        assert_eq!(difference(-0.1, 0.2), -0.3);
        assert_eq!(difference(1e300, 1e-300), 1e300);
        assert_eq!(difference(0.1, 0.1), 0.0);
        assert!(difference(f64::NAN, 0.1).is_nan());
        assert_eq!(difference(f64::INFINITY, 0.1), f64::INFINITY);
    }
}
