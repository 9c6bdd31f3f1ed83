//! Checksums that servers send along with a file, computed while it comes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use reqwest::header::HeaderMap;
use sha2::{Digest as _, Sha256};

/// A checksum while it is computed.
#[derive(Clone)]
enum Sum {
    Md5(Md5),
    Sha256(Sha256),
    Crc(Crc),
}

/// What a server says of the bytes of a file, and what they are.
#[derive(Clone, Default)]
pub(in crate::adapters) struct Checksums(Vec<(&'static str, Vec<u8>, Sum)>);

impl Checksums {
    /// Those that the answer names: `Content-MD5`, `x-ms-blob-content-md5`, `x-amz-checksum-…` and
    /// `x-goog-hash`. One over the checksums of parts (`…-3`) is not of the bytes and left out.
    pub(in crate::adapters) fn of(headers: &HeaderMap) -> Self {
        let all = |name: &str| -> Vec<&str> {
            headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect()
        };
        let mut said: Vec<(&str, &str)> = Vec::new();
        for (header, kind) in [
            ("content-md5", "md5"),
            ("x-ms-blob-content-md5", "md5"),
            ("x-amz-checksum-sha256", "sha256"),
            ("x-amz-checksum-crc32", "crc32"),
            ("x-amz-checksum-crc32c", "crc32c"),
            ("x-amz-checksum-crc64nvme", "crc64nvme"),
        ] {
            said.extend(all(header).into_iter().map(|value| (kind, value)));
        }
        let google = all("x-goog-hash").into_iter().flat_map(|v| v.split(','));
        said.extend(google.filter_map(|pair| pair.trim().split_once('=')));
        Self(said.into_iter().filter_map(|(kind, value)| one(kind, value)).collect())
    }

    /// Takes the next bytes.
    pub(in crate::adapters) fn push(&mut self, bytes: &[u8]) {
        for (_, _, sum) in &mut self.0 {
            match sum {
                Sum::Md5(sum) => sum.update(bytes),
                Sum::Sha256(sum) => sum.update(bytes),
                Sum::Crc(sum) => sum.update(bytes),
            }
        }
    }

    /// The kind of the first one that the bytes do not have.
    pub(in crate::adapters) fn wrong(self) -> Option<&'static str> {
        let differs = |(kind, expected, sum): (&'static str, Vec<u8>, Sum)| {
            let found = match sum {
                Sum::Md5(sum) => sum.finalize().to_vec(),
                Sum::Sha256(sum) => sum.finalize().to_vec(),
                Sum::Crc(sum) => sum.bytes(),
            };
            (found != expected).then_some(kind)
        };
        self.0.into_iter().find_map(differs)
    }
}

fn one(kind: &str, value: &str) -> Option<(&'static str, Vec<u8>, Sum)> {
    let (kind, sum, length) = match kind {
        "md5" => ("MD5", Sum::Md5(Md5::new()), 16),
        "sha256" => ("SHA-256", Sum::Sha256(Sha256::new()), 32),
        "crc32" => ("CRC-32", Sum::Crc(Crc::new(0xedb8_8320, 4)), 4),
        "crc32c" => ("CRC-32C", Sum::Crc(Crc::new(0x82f6_3b78, 4)), 4),
        "crc64nvme" => ("CRC-64/NVME", Sum::Crc(Crc::new(0x9a6c_9329_ac4b_c9b5, 8)), 8),
        _ => return None,
    };
    let expected = STANDARD.decode(value.trim()).ok()?;
    (expected.len() == length).then_some((kind, expected, sum))
}

/// A reflected cyclic redundancy check of 32 or 64 bits, all ones before and inverted after.
#[derive(Clone)]
struct Crc {
    table: Box<[u64; 256]>,
    state: u64,
    width: usize,
}

impl Crc {
    /// Of this reflected polynomial and so many bytes.
    fn new(polynomial: u64, width: usize) -> Self {
        let mut table = Box::new([0_u64; 256]);
        for (value, entry) in (0_u64..).zip(table.iter_mut()) {
            *entry = (0..8).fold(value, |crc, _| (crc >> 1) ^ (polynomial * (crc & 1)));
        }
        Self { table, state: Self::ones(width), width }
    }

    fn ones(width: usize) -> u64 {
        if width == 8 { u64::MAX } else { u64::from(u32::MAX) }
    }

    fn update(&mut self, bytes: &[u8]) {
        let step = |crc: u64, byte: &u8| {
            self.table[((crc ^ u64::from(*byte)) & 0xff) as usize] ^ (crc >> 8)
        };
        self.state = bytes.iter().fold(self.state, step);
    }

    fn bytes(self) -> Vec<u8> {
        let value = self.state ^ Self::ones(self.width);
        value.to_be_bytes()[8 - self.width..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of CRCs, of RFC 1321 and of FIPS 180.
    #[test]
    fn checksums_are_the_known_ones() {
        let check = |polynomial, width| {
            let mut crc = Crc::new(polynomial, width);
            crc.update(b"1234");
            crc.update(b"56789");
            crc.bytes().iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
        };
        assert_eq!(check(0xedb8_8320, 4), 0xcbf4_3926);
        assert_eq!(check(0x82f6_3b78, 4), 0xe306_9283);
        assert_eq!(check(0x9a6c_9329_ac4b_c9b5, 8), 0xae8b_1486_0a79_9888);
    }

    #[test]
    fn what_the_server_says_is_compared() {
        let headers = |pairs: &[(&'static str, &str)]| -> HeaderMap {
            pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect()
        };
        let wrong = |pairs: &[(&'static str, &str)]| {
            let mut sums = Checksums::of(&headers(pairs));
            sums.push(b"abc");
            sums.wrong()
        };
        let md5 = ("content-md5", "kAFQmDzST7DWlj99KOF/cg==");
        let goog = ("x-goog-hash", "crc32c=Nks/tw==,md5=kAFQmDzST7DWlj99KOF/cg==");
        assert_eq!(wrong(&[md5, goog]), None);
        let sha = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(wrong(&[("x-amz-checksum-sha256", sha)]), None);
        assert_eq!(wrong(&[("x-amz-checksum-crc32", "AAAAAA==")]), Some("CRC-32"));
        assert_eq!(wrong(&[("x-goog-hash", "md5=AAAAAAAAAAAAAAAAAAAAAA==")]), Some("MD5"));
        assert_eq!(wrong(&[("x-amz-checksum-crc32", "AAAAAA==-3")]), None);
    }
}
