//! Random numbers.

/// SplitMix64 (Steele, Lea and Flood 2014). Written out, because the numbers must not change with
/// the version of a library.
#[derive(Debug, Clone)]
pub(super) struct SplitMix(u64);

impl SplitMix {
    /// The numbers of stream `number` of `seed`.
    pub(super) fn stream(seed: u64, number: u64) -> Self {
        Self(mixed(seed ^ mixed(number.wrapping_add(1))))
    }

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `bound`: 64 random bits as a fraction of 2⁶⁴, times `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
