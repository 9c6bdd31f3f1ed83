//! One column of numbers while it passes.

use super::distinct::{self, Counted, estimate, hash_number};
use super::few::Few;
use super::points::packed;
use super::quantiles::Quantiles;
use super::sum::{Sum, deviation, mean};
use crate::domain::profile::{
    Distinct, Distribution, EXACT_LEVELS, MOST_BYTES, NumberProfile, Points, Registers,
};

/// Numbers so far.
#[derive(Debug, Clone)]
pub struct NumberSketch {
    count: u64,
    min: f64,
    max: f64,
    zeros: u64,
    negative: u64,
    sum: Sum,
    squares: Sum,
    /// Every distinct value, while they are few.
    few: Option<Box<Few>>,
    quantiles: Quantiles,
    registers: Box<Registers>,
    /// Of parts that tell how many distinct values they have, and not which.
    counted: Option<Counted>,
}

impl Default for NumberSketch {
    fn default() -> Self {
        Self {
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            zeros: 0,
            negative: 0,
            sum: Sum::default(),
            squares: Sum::default(),
            few: Some(Box::new(Few::new())),
            quantiles: Quantiles::default(),
            registers: Box::default(),
            counted: None,
        }
    }
}

impl NumberSketch {
    /// Adds finite numbers; −0 is to be made 0 before.
    pub fn add(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        for x in values {
            self.min = self.min.min(*x);
            self.max = self.max.max(*x);
            self.zeros += u64::from(*x == 0.0);
            self.negative += u64::from(*x < 0.0);
            self.sum.add(*x);
            self.squares.add_square(*x);
        }
        let counted = self.few.as_mut().map_or(0, |few| few.add(values));
        if counted < values.len() {
            self.become_many();
            let registers = &mut self.registers;
            self.quantiles.add(&values[counted..], &mut |block| note(registers, block));
        }
    }

    /// Adds what was found in other data.
    pub fn merge(&mut self, other: &NumberProfile, count: u64, distinct: &Distinct) {
        if count == 0 {
            return;
        }
        self.count += count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.zeros += other.zeros;
        self.negative += other.negative;
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        let points = other.distribution.points();
        if let Some(few) = &mut self.few
            && points.is_exact()
            && distinct.registers.is_none()
        {
            let mut more = few.clone();
            if more.merge(&points) {
                *few = more;
                return;
            }
        }
        self.become_many();
        match &distinct.registers {
            Some(others) => distinct::merge(&mut self.registers, others),
            None if distinct.count == points.points.len() as u64 && points.is_exact() => {
                note(&mut self.registers, &points);
            }
            None => self.counted.get_or_insert_default().add(distinct),
        }
        self.quantiles.merge(points);
    }

    /// Goes over to points, where that was not done before.
    fn become_many(&mut self) {
        let Some(few) = self.few.take() else { return };
        let points = few.points();
        note(&mut self.registers, &points);
        if !points.points.is_empty() {
            self.quantiles.merge(points);
        }
    }

    /// How many numbers there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The profile, and how many distinct numbers there are.
    pub fn finish(mut self) -> (NumberProfile, Distinct) {
        let (points, distinct) = match &self.few {
            Some(few) => of_few(&few.points()),
            None => {
                let registers = &mut self.registers;
                self.quantiles.flush(&mut |block| note(registers, block));
                let distinct = told(Some((*self.registers).clone()), 0);
                let counted = self.counted.map(|counted| counted.with(distinct.count));
                (self.quantiles.finish(), counted.unwrap_or(distinct))
            }
        };
        (self.profile(points), distinct)
    }

    fn profile(self, points: Points) -> NumberProfile {
        let none = self.count == 0;
        let (min, max) = if none { (0.0, 0.0) } else { (self.min, self.max) };
        let (sum, squares) = (self.sum.exact(), self.squares.exact());
        NumberProfile {
            min,
            max,
            mean: mean(&sum, self.count).clamp(min, max) + 0.0,
            std: deviation(&sum, &squares, self.count).unwrap_or(0.0),
            zeros: self.zeros,
            negative: self.negative,
            sum,
            squares,
            distribution: Distribution::of(points),
        }
    }
}

/// Every value, where they fit.
pub(super) fn of_few(all: &Points) -> (Points, Distinct) {
    let points = packed(all, EXACT_LEVELS, MOST_BYTES);
    let registers = (!points.is_exact()).then(|| {
        let mut registers = Registers::new();
        note(&mut registers, all);
        registers
    });
    (points, told(registers, all.points.len() as u64))
}

/// Notes each value of a block once.
fn note(registers: &mut Registers, points: &Points) {
    points.points.iter().for_each(|p| distinct::note(registers, hash_number(p.value)));
}

/// The estimate of the registers; without them `count` is exact.
pub(super) fn told(registers: Option<Registers>, count: u64) -> Distinct {
    match registers {
        Some(seen) => Distinct {
            count: estimate(&seen).round() as u64,
            error: distinct::ERROR,
            registers: Some(seen),
        },
        None => Distinct { count, error: 0.0, registers: None },
    }
}
