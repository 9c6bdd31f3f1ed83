//! Numbers, summarised.

use serde::{Deserialize, Serialize};

use super::points::{Point, Points};
use super::sum::ExactSum;

/// Numbers, summarised. All values are finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NumberProfile {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation (divisor n).
    pub std: f64,
    /// Values that are 0.
    pub zeros: u64,
    /// Values below 0.
    pub negative: u64,
    /// Sum of the values, exactly.
    pub sum: ExactSum,
    /// Sum of their squares, exactly.
    pub squares: ExactSum,
    /// The distribution.
    pub distribution: Distribution,
}

/// A distribution of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, tag = "form")]
pub enum Distribution {
    /// Every distinct value, ascending, with its count.
    Exact {
        /// Distinct values, ascending.
        values: Vec<f64>,
        /// Count of each value.
        counts: Vec<u64>,
    },
    /// Some points of the distribution function.
    Points {
        /// The points.
        points: Points,
    },
}

/// Distributions of at most this many values are written for people to read.
const READABLE: usize = 20;

impl Distribution {
    /// The distribution with these points, in the form that suits it.
    pub fn of(points: Points) -> Self {
        if points.points.len() > READABLE || !points.is_exact() {
            return Self::Points { points };
        }
        let (values, counts) = points.points.iter().map(|p| (p.value, p.upto - p.below)).unzip();
        Self::Exact { values, counts }
    }

    /// Its points; of an exact one, every value.
    pub fn points(&self) -> Points {
        let (values, counts) = match self {
            Self::Points { points } => return points.clone(),
            Self::Exact { values, counts } => (values, counts),
        };
        let mut below = 0;
        let point = |(value, count): (&f64, &u64)| {
            let point = Point { value: *value, below, upto: below + count };
            below = point.upto;
            point
        };
        Points { points: values.iter().zip(counts).map(point).collect(), error: 0 }
    }

    /// Whether every value is known.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Exact { .. } => true,
            Self::Points { points } => points.is_exact(),
        }
    }

    /// The share of the values by which a rank may be wrong anywhere: at a point, and between two.
    pub fn rank_error(&self) -> f64 {
        match self {
            Self::Points { points } if points.total() > 0 => {
                (points.error + points.largest_gap()) as f64 / points.total() as f64
            }
            _ => 0.0,
        }
    }

    fn check(&self, count: u64) -> Result<(), &'static str> {
        if let Self::Exact { values, counts } = self {
            let sum = counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count));
            if values.len() != counts.len() || sum != Some(count) {
                return Err("has counts that do not add up to its values");
            }
        }
        let points = self.points();
        if points.total() != count {
            return Err("has counts that do not add up to its values");
        }
        if points.is_sound() {
            Ok(())
        } else {
            Err("has values that do not ascend or are not finite")
        }
    }
}

impl NumberProfile {
    pub(super) fn check(&self, count: u64) -> Result<(), &'static str> {
        let finite = [self.min, self.max, self.mean, self.std].iter().all(|x| x.is_finite());
        let inside = count == 0 || self.min <= self.mean && self.mean <= self.max;
        if !finite || !inside || self.min > self.max || self.std < 0.0 {
            return Err("has a range, mean or deviation that no numbers have");
        }
        let signs = self.zeros.checked_add(self.negative);
        if signs.is_none_or(|signs| signs > count) || self.squares.negative {
            return Err("has signs or sums that no numbers have");
        }
        self.distribution.check(count)
    }
}
