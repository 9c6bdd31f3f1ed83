//! Whole numbers of any size, as digits of 32 bits, the lowest first.

use std::cmp::Ordering;

/// A × B.
pub(super) fn product(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = vec![0u32; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0u64;
        for (j, y) in b.iter().enumerate() {
            let sum = u64::from(*x) * u64::from(*y) + u64::from(out[i + j]) + carry;
            out[i + j] = sum as u32;
            carry = sum >> 32;
        }
        out[i + b.len()] = carry as u32;
    }
    trimmed(out)
}

/// A − B, where A ≥ B; `None` otherwise.
pub(super) fn difference(a: &[u32], b: &[u32]) -> Option<Vec<u32>> {
    if compared(a, b) == Ordering::Less {
        return None;
    }
    let mut borrow = 0i64;
    let digit = |(i, x): (usize, &u32)| {
        let y = i64::from(b.get(i).copied().unwrap_or(0));
        let rest = i64::from(*x) - y - borrow;
        borrow = i64::from(rest < 0);
        rest as u32
    };
    Some(trimmed(a.iter().enumerate().map(digit).collect()))
}

/// A × 2^(32 n).
pub(super) fn shifted(a: &[u32], n: usize) -> Vec<u32> {
    let mut out = vec![0; n];
    out.extend_from_slice(a);
    trimmed(out)
}

/// The number as m × 2^e with m in [0.5, 1), rounded to the nearest double; (0, 0) for none.
pub(super) fn rounded(a: &[u32]) -> (f64, i32) {
    let Some(top) = a.iter().rposition(|d| *d != 0) else { return (0.0, 0) };
    let digit = |back: usize| top.checked_sub(back).map_or(0, |at| u128::from(a[at]));
    let head = digit(0) << 96 | digit(1) << 64 | digit(2) << 32 | digit(3);
    // What lies below only matters for a tie.
    let rest = a[..top.saturating_sub(3)].iter().any(|d| *d != 0);
    let zeros = head.leading_zeros();
    let head = (head << zeros) | u128::from(rest);
    let scaled = head as f64 / 2f64.powi(128);
    (scaled, 32 * (top as i32 + 1) - zeros as i32)
}

fn compared(a: &[u32], b: &[u32]) -> Ordering {
    let (a, b) = (bare(a), bare(b));
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn bare(a: &[u32]) -> &[u32] {
    &a[..a.iter().rposition(|d| *d != 0).map_or(0, |top| top + 1)]
}

fn trimmed(mut a: Vec<u32>) -> Vec<u32> {
    a.truncate(bare(&a).len());
    a
}
