//! How many distinct values there are, from 512 registers.
//!
//! HyperLogLog (Flajolet et al. 2007) with the estimate of O. Ertl, *New cardinality estimation
//! algorithms for HyperLogLog sketches*, 2017, which needs no table of corrections.

use crate::domain::profile::{Distinct, REGISTERS, Registers};

/// Relative standard error of [`estimate`]: 1.04 / √512.
pub const ERROR: f64 = 0.046;
/// Bits of a hash that choose a register.
const CHOICE: u32 = REGISTERS.trailing_zeros();
/// Bits of a hash behind these.
const REST: u32 = 64 - CHOICE;

/// A hash of a number; −0 is to be made 0 before.
pub fn hash_number(value: f64) -> u64 {
    mixed(value.to_bits())
}

/// A hash of a text (FNV-1a, then mixed).
pub fn hash_text(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    mixed(text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// The finaliser of splitmix64: each bit of the input changes half of the bits.
fn mixed(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// Notes a value by its hash.
pub fn note(registers: &mut Registers, hash: u64) {
    let run = (hash << CHOICE | 1 << (CHOICE - 1)).leading_zeros() as u8 + 1;
    let register = &mut registers.0[(hash >> REST) as usize];
    *register = run.max(*register);
}

/// Adds what others have seen.
pub fn merge(registers: &mut Registers, other: &Registers) {
    for (own, other) in registers.0.iter_mut().zip(other.0) {
        *own = other.max(*own);
    }
}

/// How many distinct values were noted, about.
pub fn estimate(registers: &Registers) -> f64 {
    let mut counts = [0u32; REST as usize + 2];
    registers.0.iter().for_each(|r| counts[usize::from(*r)] += 1);
    let m = REGISTERS as f64;
    let mut z = m * tau(1.0 - f64::from(counts[REST as usize + 1]) / m);
    for count in counts[1..=REST as usize].iter().rev() {
        z = (z + f64::from(*count)) / 2.0;
    }
    z += m * sigma(f64::from(counts[0]) / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

/// How many distinct values there are in parts that were counted elsewhere: what the parts have in
/// common is not known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    least: u64,
    most: u64,
}

impl Counted {
    /// Adds a part.
    pub(super) fn add(&mut self, part: &Distinct) {
        let off = (part.count as f64 * part.error) as u64;
        self.least = self.least.max(part.count.saturating_sub(off));
        self.most += part.count + off;
    }

    /// With `others` that are not among the parts: the middle of what is possible, and how far it
    /// may be off.
    pub(super) fn with(self, others: u64) -> Distinct {
        let (least, most) = (self.least.max(others), self.most + others);
        let count = least + (most - least) / 2;
        let error = if count > 0 { (most - count) as f64 / count as f64 } else { 0.0 };
        Distinct { count, error: error.min(0.99), registers: None }
    }
}

/// x + Σ x^(2^k) 2^(k−1), for the registers that saw nothing.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut weight, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * weight;
        weight += weight;
        if sum == before {
            return sum;
        }
    }
}

/// (1 − x − Σ (1 − x^(2^−k))² 2^−k) / 3, for the registers that are full.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut weight, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - x).powi(2) * weight;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_within_four_errors_at_every_size() {
        for n in [0u32, 1, 10, 300, 1000, 5000, 50_000, 1_000_000] {
            let mut registers = Registers::new();
            (0..n).for_each(|i| note(&mut registers, hash_number(f64::from(i) * 0.5)));
            let found = estimate(&registers);
            assert!(
                (found - f64::from(n)).abs() <= 4.0 * ERROR * f64::from(n) + 0.5,
                "{n}: {found}"
            );
        }
        let mut registers = Registers::new();
        (0..20_000).for_each(|i| note(&mut registers, hash_text(&format!("id-{i}"))));
        let found = estimate(&registers);
        assert!((found / 20_000.0 - 1.0).abs() < 4.0 * ERROR, "{found}");
    }

    #[test]
    fn what_was_counted_elsewhere_lies_between_the_largest_part_and_the_sum() {
        let exact = |count| Distinct { count, error: 0.0, registers: None };
        let mut counted = Counted::default();
        counted.add(&exact(300));
        assert_eq!(counted.with(0), exact(300), "one part is as it was");
        counted.add(&exact(100));
        let both = counted.with(0);
        assert_eq!((both.count, both.error), (350, 50.0 / 350.0), "300 to 400");
        counted.add(&both);
        assert_eq!(counted.with(1000).count, 1400, "1000 to 1800");
    }

    #[test]
    fn merging_is_noting_all() {
        let (mut a, mut b, mut all) = (Registers::new(), Registers::new(), Registers::new());
        for i in 0..3000u32 {
            let hash = hash_number(f64::from(i));
            note(if i % 3 == 0 { &mut a } else { &mut b }, hash);
            note(&mut all, hash);
        }
        merge(&mut a, &b);
        assert_eq!(a, all);
    }
}
