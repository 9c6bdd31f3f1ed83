//! One line of the table: a method on a population, tried many times.

use outerloop_core::stats::generator::Generator;
use rayon::prelude::*;

use super::{anytime, bootstrap, intervals, rejections};

/// Numbers of rows that each method is tried at.
pub const ROWS: [usize; 3] = [50, 500, 5000];

/// What a share in the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of intervals that hold the truth.
    Coverage,
    /// Of tests that see a difference where there is none.
    Size,
    /// Of tests that see the difference that is there.
    Power,
}

/// How dear one try is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Arithmetic on the rows.
    Low,
    /// A thousand resamples.
    Resampled,
    /// A thousand resamples, and one for each row.
    Jackknifed,
}

impl Cost {
    /// How often each number of [`ROWS`] is tried.
    pub fn runs(self) -> [u64; 3] {
        match self {
            Self::Low => [10_000; 3],
            Self::Resampled => [10_000, 10_000, 2000],
            Self::Jackknifed => [10_000, 5000, 500],
        }
    }
}

/// One try on so many rows: how much of it was right, 0–1; none where the method gave no answer.
pub type Try = Box<dyn Fn(&mut Generator, usize) -> Option<f64> + Sync + Send>;

/// A method on a population.
pub struct Study {
    /// The method.
    pub method: &'static str,
    /// The population.
    pub population: &'static str,
    /// What is counted.
    pub kind: Kind,
    /// What is promised.
    pub nominal: f64,
    /// How dear one try is.
    pub cost: Cost,
    /// Where the share must lie at 50 rows, besides the error of counting.
    pub expected: [f64; 2],
    /// One try.
    pub one: Try,
}

/// A share among so many tries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Mean over the tries that had an answer.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Tries.
    pub runs: u64,
    /// Tries without an answer.
    pub unanswered: u64,
}

impl Study {
    /// Tries it `runs` times on `rows` rows. Each try has random numbers of its own, so that the
    /// answer is the same on any number of threads.
    pub fn run(&self, rows: usize, runs: u64) -> Share {
        let seed = self
            .method
            .bytes()
            .chain(self.population.bytes())
            .fold(rows as u64, |seed, b| seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(b));
        let one = |number: u64| (self.one)(&mut Generator::new(seed, number), rows);
        let answers: Vec<f64> = (0..runs).into_par_iter().filter_map(one).collect();
        let n = answers.len().max(1) as f64;
        let value = answers.iter().sum::<f64>() / n;
        let squares = answers.iter().map(|a| (a - value).powi(2)).sum::<f64>();
        Share { value, error: squares.sqrt() / n, runs, unanswered: runs - answers.len() as u64 }
    }
}

/// Every method, in the order of the table.
pub fn studies() -> Vec<Study> {
    let mut all = intervals::studies();
    all.extend(bootstrap::studies());
    all.extend(anytime::studies());
    all.extend(rejections::studies());
    all
}

/// 1 for true.
pub(super) fn hit(answer: bool) -> f64 {
    if answer { 1.0 } else { 0.0 }
}
