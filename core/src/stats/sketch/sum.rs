//! Sums of doubles and of their squares without rounding, so that neither order nor grouping
//! changes a bit of the mean or the deviation.
//!
//! The idea of one wide number in fixed point is that of R. M. Neal, *Fast exact summation using
//! small and large superaccumulators*, 2015.

use super::big::{difference, product, rounded, shifted};
use crate::domain::profile::ExactSum;

/// The power of two of the lowest digit.
const LOWEST: i32 = -2176;
/// Digits of 32 bits: beyond the square of the largest double.
const DIGITS: usize = 141;
/// Sums before the carries are passed on; a digit of 64 bits holds 2^31 sums of 32 bits.
const BEFORE_CARRIES: u32 = 1 << 28;

/// A sum that is still growing.
#[derive(Debug, Clone)]
pub struct Sum {
    digits: Vec<i64>,
    added: u32,
}

impl Default for Sum {
    fn default() -> Self {
        Self { digits: vec![0; DIGITS], added: 0 }
    }
}

impl Sum {
    /// Adds a finite number.
    pub fn add(&mut self, value: f64) {
        let (whole, exponent) = parts(value);
        self.add_scaled(u128::from(whole), exponent, value.is_sign_negative());
    }

    /// Adds the square of a finite number.
    pub fn add_square(&mut self, value: f64) {
        let (whole, exponent) = parts(value);
        self.add_scaled(u128::from(whole) * u128::from(whole), 2 * exponent, false);
    }

    /// Adds `times` × `a` × `b` × 2^`power`, exactly; `times` is below 2^60 and both numbers are
    /// finite.
    pub fn add_product(&mut self, times: u64, a: f64, b: f64, power: i32) {
        let ((whole, e), (other, f)) = (parts(a), parts(b));
        let product = u128::from(whole) * u128::from(other);
        let negative = a.is_sign_negative() != b.is_sign_negative();
        // Twenty bits at a time, so that the product fits beside them.
        for piece in 0..3 {
            let some = u128::from(times >> (20 * piece) & 0xf_ffff);
            let exponent = e + f + power + 20 * piece;
            if some > 0 && product > 0 && exponent >= LOWEST {
                self.add_scaled(product * some, exponent, negative);
            }
        }
    }

    /// Adds `whole` × 2^`exponent`.
    fn add_scaled(&mut self, whole: u128, exponent: i32, negative: bool) {
        let place = (exponent - LOWEST) as usize;
        let (at, shift) = (place / 32, place % 32);
        let low = u128::from(whole as u64) << shift;
        let high = (whole >> 64) << shift;
        let sign = if negative { -1 } else { 1 };
        if let Some(digits) = self.digits.get_mut(at..at + 5) {
            digits[0] += sign * i64::from(low as u32);
            digits[1] += sign * i64::from((low >> 32) as u32);
            digits[2] += sign * (i64::from((low >> 64) as u32) + i64::from(high as u32));
            digits[3] += sign * i64::from((high >> 32) as u32);
            digits[4] += sign * i64::from((high >> 64) as u32);
        }
        self.added += 1;
        if self.added >= BEFORE_CARRIES {
            self.carry();
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &ExactSum) {
        let at = ((other.exponent - LOWEST) / 32) as usize;
        let sign = if other.negative { -1 } else { 1 };
        for (digit, more) in self.digits.iter_mut().skip(at).zip(&other.digits) {
            *digit += sign * i64::from(*more);
        }
        self.added += 1;
    }

    /// Makes every digit but the last lie in 0 … 2^32 − 1; the last has the sign.
    fn carry(&mut self) {
        let mut carry = 0;
        let last = self.digits.len() - 1;
        for digit in &mut self.digits[..last] {
            let sum = *digit + carry;
            *digit = sum & 0xffff_ffff;
            carry = sum >> 32;
        }
        self.digits[last] += carry;
        self.added = 0;
    }

    /// The sum so far.
    pub fn exact(&self) -> ExactSum {
        let mut own = self.clone();
        own.carry();
        let negative = own.digits.last().is_some_and(|last| *last < 0);
        if negative {
            own.digits.iter_mut().for_each(|digit| *digit = -*digit);
            own.carry();
        }
        let digits: Vec<u32> = own.digits.iter().map(|digit| *digit as u32).collect();
        let Some(first) = digits.iter().position(|d| *d != 0) else {
            return ExactSum::default();
        };
        let end = digits.iter().rposition(|d| *d != 0).map_or(0, |last| last + 1);
        let exponent = LOWEST + 32 * first as i32;
        ExactSum { negative, exponent, digits: digits[first..end].to_vec() }
    }
}

/// A finite double as a whole number times a power of two.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    }
}

/// Mean of `count` values: their sum, rounded once, divided by their number. 0 for none.
pub fn mean(sum: &ExactSum, count: u64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let (size, exponent) = rounded(&sum.digits);
    let size = libm::scalbn(size / count as f64, exponent + sum.exponent);
    if sum.negative { -size } else { size }
}

/// Standard deviation (divisor n): √(n Σx² − (Σx)²) / n, with the difference worked out exactly.
/// `None` where no numbers have these sums.
pub fn deviation(sum: &ExactSum, squares: &ExactSum, count: u64) -> Option<f64> {
    if count == 0 {
        return Some(0.0);
    }
    let n = [count as u32, (count >> 32) as u32];
    let (left, right) = (product(&squares.digits, &n), product(&sum.digits, &sum.digits));
    let (a, b) = (squares.exponent, 2 * sum.exponent);
    let least = match (left.is_empty(), right.is_empty()) {
        (_, true) => a,
        (true, false) => return None,
        (false, false) => a.min(b),
    };
    let left = shifted(&left, ((a - least) / 32) as usize);
    let right = if right.is_empty() { right } else { shifted(&right, ((b - least) / 32) as usize) };
    let (size, exponent) = rounded(&difference(&left, &right)?);
    let exponent = exponent + least;
    let (size, half) =
        if exponent % 2 == 0 { (size, exponent) } else { (size * 2.0, exponent - 1) };
    Some(libm::scalbn(size.sqrt() / count as f64, half / 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(values: &[f64]) -> (ExactSum, ExactSum) {
        let (mut sum, mut squares) = (Sum::default(), Sum::default());
        for x in values {
            sum.add(*x);
            squares.add_square(*x);
        }
        (sum.exact(), squares.exact())
    }

    fn of(values: &[f64]) -> (f64, f64) {
        let (sum, squares) = sums(values);
        let count = values.len() as u64;
        (mean(&sum, count), deviation(&sum, &squares, count).expect("numbers have them"))
    }

    #[test]
    fn nothing_is_lost_to_rounding() {
        assert_eq!(of(&[1e100, 1.0, -1e100, 1.0]).0, 0.5);
        let far = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        assert_eq!(of(&far), (1e9 + 10.0, 22.5f64.sqrt()));
        assert_eq!(of(&[5e-324, 5e-324]), (5e-324, 0.0));
        let (mean, std) = of(&[1e308, -1e308, 1.7e308]);
        assert!(mean.is_finite() && (std / 1.138e308 - 1.0).abs() < 0.01, "{mean} {std}");
        assert_eq!(of(&[0.0, -0.0]), (0.0, 0.0));
        assert_eq!(of(&[0.1; 10]), (0.1, 0.0));
    }

    #[test]
    fn products_are_added_without_rounding() {
        let (mut plain, mut product) = (Sum::default(), Sum::default());
        for _ in 0..1000 {
            plain.add(-0.1);
            plain.add_square(1e-7 / 3.0);
        }
        product.add_product(1000, -0.1, 1.0, 0);
        product.add_product(1000, 2e-7 / 3.0, 2e-7 / 3.0, -2);
        assert_eq!(plain.exact(), product.exact());
        let mut large = Sum::default();
        large.add_product((1 << 59) + 1, 3.0, 5.0, 0);
        assert_eq!(mean(&large.exact(), 15), ((1u64 << 59) + 1) as f64);
    }

    proptest! {
        #[test]
        fn order_and_grouping_change_nothing(
            values in prop::collection::vec(-1e12f64..1e12, 1..60), cut in 0usize..60
        ) {
            let cut = cut.min(values.len());
            let (left, right) = (sums(&values[..cut]), sums(&values[cut..]));
            let mut merged = (Sum::default(), Sum::default());
            for (sum, squares) in [right, left] {
                merged.0.merge(&sum);
                merged.1.merge(&squares);
            }
            let whole = sums(&values);
            prop_assert!(whole.0.is_sound() && whole.1.is_sound());
            prop_assert_eq!((merged.0.exact(), merged.1.exact()), whole);
            let n = values.len() as f64;
            let plain = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|x| (x - plain).powi(2)).sum::<f64>() / n;
            let (mean, std) = of(&values);
            prop_assert!((mean - plain).abs() <= 1e-3 && (std - variance.sqrt()).abs() <= 1e-3);
        }
    }
}
