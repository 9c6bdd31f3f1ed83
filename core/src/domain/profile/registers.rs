//! The registers of a HyperLogLog, which counts distinct values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::{bytes, text};

/// Number of registers: a standard error of 1.04 / √512, or 4.6 %.
pub const REGISTERS: usize = 512;
/// Largest value of a register: 64 bits of a hash less the 9 that choose it, and one.
const LARGEST: u8 = 56;

/// Registers, each the longest run of zeros that a hash began with, plus one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers(pub [u8; REGISTERS]);

impl Registers {
    /// Registers that have seen nothing.
    pub fn new() -> Self {
        Self([0; REGISTERS])
    }

    /// The smallest, then of each how much it is above that: the halves in ones that end with a
    /// zero, and the last bit (a Rice code). Most of them lie close together.
    fn to_bytes(&self) -> Vec<u8> {
        let least = self.0.iter().copied().min().unwrap_or(0);
        let mut bits = Bits { bytes: vec![least], used: 8 };
        for register in self.0 {
            let above = register - least;
            (0..above / 2).for_each(|_| bits.push(true));
            bits.push(false);
            bits.push(above % 2 == 1);
        }
        bits.bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (least, rest) = bytes.split_first()?;
        let mut bits = rest.iter().flat_map(|byte| (0..8).map(move |i| byte >> i & 1 == 1));
        let mut registers = Self::new();
        for register in &mut registers.0 {
            let mut above = 0u8;
            while bits.next()? {
                above = above.checked_add(2)?;
            }
            above = above.checked_add(u8::from(bits.next()?))?;
            *register = least.checked_add(above).filter(|r| *r <= LARGEST)?;
        }
        let shortest = registers.to_bytes() == bytes;
        shortest.then_some(registers)
    }
}

impl Default for Registers {
    fn default() -> Self {
        Self::new()
    }
}

struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (self.used % 8);
        }
        self.used += 1;
    }
}

impl Serialize for Registers {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text(&self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Registers {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let found = bytes(&text).and_then(|bytes| Self::from_bytes(&bytes));
        found.ok_or_else(|| serde::de::Error::custom("the registers of a count are damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_come_back_from_few_bytes() {
        let mut some = Registers::new();
        for (i, register) in some.0.iter_mut().enumerate() {
            *register = 9 + (i % 7) as u8;
        }
        some.0[3] = LARGEST;
        for registers in [Registers::new(), some] {
            let text = serde_json::to_string(&registers).expect("text");
            assert!(text.len() < 400, "{}", text.len());
            assert_eq!(serde_json::from_str::<Registers>(&text).expect("back"), registers);
        }
        assert!(serde_json::from_str::<Registers>("\"AAAA\"").is_err(), "cut short");
    }
}
