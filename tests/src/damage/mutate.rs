//! Damage to bytes, the same for the same seed.

/// Where damage comes from: a sequence of numbers (splitmix64).
pub struct Damage(u64);

impl Damage {
    /// The sequence of a seed.
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }
}

/// Numbers that lengths and offsets should not be.
const LENGTHS: [u64; 8] = [
    0,
    1,
    0x7f,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
    0x0100_0000_0000,
];

/// What text and JSON should not hold.
const PIECES: [&[u8]; 14] = [
    b"\"",
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"{",
    b"[[[[[[[[[[[[[[[[",
    b"1e400",
    b"-0",
    b"9223372036854775808",
    b"null",
    b"\xf0\x9f\x92\xa9",
];

/// One to four kinds of damage, one after the other; `other` is what is spliced in.
pub fn damaged(original: &[u8], other: &[u8], damage: &mut Damage) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=damage.below(4) {
        once(&mut bytes, other, damage);
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, other: &[u8], damage: &mut Damage) {
    let at = damage.below(bytes.len() + 1);
    let long = damage.below(64);
    match damage.below(9) {
        0 => flip(bytes, damage),
        1 => bytes.truncate(at),
        2 => {
            let fill = [0x00, 0xff, 0x80, b'"'][damage.below(4)];
            bytes.iter_mut().skip(at).take(long).for_each(|b| *b = fill);
        }
        // A length or an offset, in any place and of four or eight bytes.
        3 => {
            let number = LENGTHS[damage.below(LENGTHS.len())].to_le_bytes();
            let width = [4, 8][damage.below(2)];
            bytes.iter_mut().skip(at).zip(&number[..width]).for_each(|(b, n)| *b = *n);
        }
        // A length as Thrift and Protocol Buffers write it: seven bits a byte.
        4 => {
            let width = 1 + damage.below(9);
            bytes.iter_mut().skip(at).take(width).for_each(|b| *b |= 0x80);
        }
        5 => {
            let from = damage.below(other.len() + 1);
            let piece = other[from..].iter().take(long).copied();
            bytes.splice(at..at, piece);
        }
        6 => {
            let piece: Vec<u8> = bytes.iter().skip(at).take(long).copied().collect();
            let to = damage.below(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        7 => {
            let end = (at + long).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let piece = PIECES[damage.below(PIECES.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}

fn flip(bytes: &mut [u8], damage: &mut Damage) {
    for _ in 0..=damage.below(8) {
        let (at, bit) = (damage.below(bytes.len()), damage.below(8));
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }
}
