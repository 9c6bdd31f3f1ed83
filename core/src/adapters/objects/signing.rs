//! HMAC-SHA256 (RFC 2104) and what goes into signed requests.

use sha2::{Digest as _, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// The keyed hash of `message`.
pub(in crate::adapters) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&hash(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |byte: u8| block.map(|b| b ^ byte);
    let inner: [u8; 32] =
        Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize().into();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

/// The hash of `bytes`.
pub(in crate::adapters) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes as digits of base 16.
pub(in crate::adapters) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A path with everything escaped but letters, digits and `-._~/`.
pub(in crate::adapters) fn escaped(path: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(b).to_string()
        }
        _ => format!("%{b:02X}"),
    };
    path.bytes().map(one).collect()
}

/// Names and values as a query, by name, everything escaped but letters, digits and `-._~`.
pub(in crate::adapters) fn query(pairs: &[(&str, String)]) -> String {
    let whole = |text: &str| escaped(text).replace('/', "%2F");
    let mut pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", whole(name), whole(value))).collect();
    pairs.sort();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyed_hashes_are_those_of_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(hex(&hmac(key, message)), expected);
        }
        assert_eq!(escaped("a b/ü+c.csv"), "a%20b/%C3%BC%2Bc.csv");
    }
}
