//! Finite numbers as whole ones in the same order, which are quicker to sort.

/// A whole number that is in the order of the finite `value`; −0 is 0.
pub fn sort_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The number that has this key.
pub fn of_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Sorts finite values by their keys; −0 becomes 0.
pub fn sort(values: &mut [f64]) {
    let mut keys: Vec<u64> = values.iter().map(|x| sort_key(*x)).collect();
    keys.sort_unstable();
    values.iter_mut().zip(keys).for_each(|(x, key)| *x = of_key(key));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_numbers() {
        let values = [f64::MIN, -2.0, -1.0, -5e-324, 0.0, 5e-324, 1e-300, 0.5, 1.0, f64::MAX];
        assert!(values.windows(2).all(|pair| sort_key(pair[0]) < sort_key(pair[1])));
        assert_eq!(sort_key(-0.0), sort_key(0.0));
        assert!(values.iter().all(|x| of_key(sort_key(*x)).to_bits() == x.to_bits()));
        let mut turned: Vec<f64> = values.iter().rev().copied().collect();
        sort(&mut turned);
        assert_eq!(turned, values);
    }
}
