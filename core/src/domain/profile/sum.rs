//! A sum of doubles, or of their squares, without any rounding.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::{bytes, put, take, text};

/// Smallest power of two that a digit may stand for: that of the square of the smallest double.
pub const LOWEST: i32 = -2176;
/// Most digits: up to the square of the largest double, 2^64 times.
pub const MOST_DIGITS: usize = 140;

/// A number as digits of 32 bits, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExactSum {
    /// Below zero.
    pub negative: bool,
    /// The power of two that the lowest digit counts; a multiple of 32. 0 where there are no
    /// digits.
    pub exponent: i32,
    /// Digits, the lowest first; neither the first nor the last is 0.
    pub digits: Vec<u32>,
}

impl ExactSum {
    /// Whether it is written the only way it can be, and in range.
    pub fn is_sound(&self) -> bool {
        let trimmed = self.digits.first().is_none_or(|d| *d != 0)
            && self.digits.last().is_none_or(|d| *d != 0);
        let empty = !self.digits.is_empty() || (!self.negative && self.exponent == 0);
        let end = i64::from(self.exponent) + 32 * self.digits.len() as i64;
        let fits = self.exponent >= LOWEST
            && self.exponent % 32 == 0
            && end <= i64::from(LOWEST) + 32 * MOST_DIGITS as i64;
        trimmed && empty && fits
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let place = (self.exponent - LOWEST) as u64 / 32;
        put(&mut out, place << 1 | u64::from(self.negative));
        self.digits.iter().for_each(|d| out.extend(d.to_le_bytes()));
        while out.len() > 1 && out.last() == Some(&0) {
            out.pop();
        }
        out
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let place = take(&mut bytes)?;
        let exponent = i32::try_from(place >> 1).ok()?.checked_mul(32)?.checked_add(LOWEST)?;
        let digit = |four: &[u8]| {
            let mut digit = [0; 4];
            digit[..four.len()].copy_from_slice(four);
            u32::from_le_bytes(digit)
        };
        let digits = bytes.chunks(4).map(digit).collect();
        let sum = Self { negative: place & 1 == 1, exponent, digits };
        (bytes.last() != Some(&0) && sum.is_sound()).then_some(sum)
    }
}

impl Serialize for ExactSum {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text(&self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for ExactSum {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let found = bytes(&text).and_then(|bytes| Self::from_bytes(&bytes));
        found.ok_or_else(|| serde::de::Error::custom("an exact sum is damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_back() {
        let sums = [
            ExactSum::default(),
            ExactSum { negative: true, exponent: LOWEST, digits: vec![1] },
            ExactSum { negative: false, exponent: -64, digits: vec![7, 0, u32::MAX] },
        ];
        for sum in sums {
            let text = serde_json::to_string(&sum).expect("text");
            assert_eq!(serde_json::from_str::<ExactSum>(&text).expect("back"), sum);
        }
        let odd = ExactSum { negative: false, exponent: 0, digits: vec![0, 1] };
        assert!(!odd.is_sound());
    }
}
