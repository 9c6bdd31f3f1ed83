//! Points of a distribution function.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::{bytes, key, put, take, text, value};

/// A value with its place among all values of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value; finite.
    pub value: f64,
    /// How many values are smaller.
    pub below: u64,
    /// How many values are smaller or the same.
    pub upto: u64,
}

/// Points of a distribution function, ascending: the first is the smallest value and the last the
/// largest. What lies between two points is counted, and not known closer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// The points.
    pub points: Vec<Point>,
    /// Most by which a count at a point may be wrong.
    pub error: u64,
}

impl Points {
    /// Number of all values.
    pub fn total(&self) -> u64 {
        self.points.last().map_or(0, |p| p.upto)
    }

    /// Whether every value is a point and every count right.
    pub fn is_exact(&self) -> bool {
        self.error == 0 && self.largest_gap() == 0
    }

    /// The most values between two neighbouring points.
    pub fn largest_gap(&self) -> u64 {
        let gaps = self.points.windows(2).map(|w| w[1].below - w[0].upto);
        gaps.max().unwrap_or(0)
    }

    /// What data has: values that ascend, counts that do too and begin at nothing.
    pub fn is_sound(&self) -> bool {
        let first = self.points.first().is_none_or(|p| p.below == 0);
        let each = self.points.iter().all(|p| p.value.is_finite() && p.below <= p.upto);
        let pairs = self.points.windows(2);
        let mut ordered = pairs.map(|w| w[0].value < w[1].value && w[0].upto <= w[1].below);
        first && each && ordered.all(|o| o) && self.error <= self.total()
    }

    /// The bytes: of each point how many zeros the distance to the one before ends with, the rest
    /// of the distance (of `key`s), how many values lie between, and how many are the same.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, self.error);
        let (mut last, mut upto) = (0, 0);
        for point in &self.points {
            let distance = key(point.value) - last;
            let zeros = distance.trailing_zeros().min(63);
            out.push(zeros as u8);
            put(&mut out, distance >> zeros);
            put(&mut out, point.below - upto);
            put(&mut out, point.upto - point.below);
            (last, upto) = (key(point.value), point.upto);
        }
        out
    }

    /// The points of these bytes; `None` where they are no sound points.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut points = Self { points: Vec::new(), error: take(&mut bytes)? };
        let (mut last, mut upto) = (0u64, 0u64);
        while let Some((zeros, rest)) = bytes.split_first() {
            bytes = rest;
            let distance = take(&mut bytes)?;
            let wide =
                distance.checked_shl(u32::from(*zeros)).filter(|w| w >> zeros == distance)?;
            last = last.checked_add(wide)?;
            let below = upto.checked_add(take(&mut bytes)?)?;
            upto = below.checked_add(take(&mut bytes)?)?;
            points.points.push(Point { value: value(last), below, upto });
        }
        points.is_sound().then_some(points)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text(&self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let found = bytes(&text).and_then(|bytes| Self::from_bytes(&bytes));
        found.ok_or_else(|| serde::de::Error::custom("the points of a distribution are damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_from_few_bytes() {
        let at = |value: f64, below, upto| Point { value, below, upto };
        let points = vec![at(-2.5, 0, 1), at(0.0, 10, 700), at(0.1, 900, 900), at(1e300, 950, 951)];
        let points = Points { points, error: 3 };
        let bytes = points.to_bytes();
        assert!(bytes.len() < 60, "{}", bytes.len());
        assert_eq!(Points::from_bytes(&bytes), Some(points.clone()));
        for cut in 1..bytes.len() {
            assert_ne!(Points::from_bytes(&bytes[..cut]), Some(points.clone()));
        }
        assert_eq!(points.largest_gap(), 200);
        let text = serde_json::to_string(&points).expect("text");
        assert_eq!(serde_json::from_str::<Points>(&text).expect("back"), points);
        assert!(serde_json::from_str::<Points>("\"!\"").is_err());
    }
}
