//! Bytes in a profile: whole numbers of few bytes, as text in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number that [`put`] wrote off the front; `None` where there is none, or where it is
/// written with more bytes than it needs.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let digit = u64::from(first & 0x7f);
        if shift == 63 && digit > 1 {
            return None;
        }
        number |= digit << shift;
        if first & 0x80 == 0 {
            return (*first != 0 || shift == 0).then_some(number);
        }
    }
    None
}

/// Bytes as text.
pub(super) fn text(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// The bytes of a text; `None` where it is not base64 or longer than a profile's may be.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() > 1 << 16 {
        return None;
    }
    STANDARD_NO_PAD.decode(text).ok()
}

/// A number whose order is the order of the doubles, −0 before 0.
pub(super) fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The double with this [`key`].
pub(super) fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_odd_bytes_do_not() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            let mut rest = &*bytes;
            assert_eq!((take(&mut rest), rest.len()), (Some(number), 0));
        }
        assert_eq!(take(&mut &[0x80][..]), None, "cut short");
        assert_eq!(take(&mut &[0x81, 0x00][..]), None, "longer than needed");
        assert_eq!(take(&mut &[0xff; 11][..]), None, "too large");
    }

    #[test]
    fn keys_are_in_the_order_of_the_numbers() {
        let numbers = [f64::MIN, -1.0, -f64::MIN_POSITIVE, -0.0, 0.0, 5e-324, 1.0, f64::MAX];
        assert!(numbers.map(key).is_sorted());
        assert_eq!(numbers.map(|x| value(key(x))), numbers);
    }
}
