//! Sums over rows for several resamples at once: as [`super::masses::Masses`] makes them for one after
//! the other, in the same order, so that they are the same to the last bit.

use super::bootstrap::{Counts, LANES};
use super::sample::Sample;

/// A number of each resample.
pub type Lanes = [f64; LANES];

/// How much each row counts in each resample.
#[derive(Debug, Clone, Copy)]
pub struct MassesLanes<'a> {
    weights: Option<&'a [f64]>,
    counts: &'a [Counts],
}

impl<'a> MassesLanes<'a> {
    /// The weights of the sample times `counts`.
    pub fn new(sample: &Sample<'a>, counts: &'a [Counts]) -> Self {
        Self { weights: sample.weights, counts }
    }

    /// Calls `visit` with each row and how much it counts, in order.
    #[inline(always)]
    pub fn each(&self, mut visit: impl FnMut(usize, &Lanes)) {
        match self.weights {
            None => {
                for (row, counts) in self.counts.iter().enumerate() {
                    visit(row, &counts.map(f64::from));
                }
            }
            Some(weights) => {
                for (row, (weight, counts)) in weights.iter().zip(self.counts).enumerate() {
                    visit(row, &counts.map(|count| weight * f64::from(count)));
                }
            }
        }
    }

    /// Σ mass and Σ mass × value over the rows; `value` may differ between resamples.
    #[inline(always)]
    pub fn sums(&self, value: impl Fn(usize, usize) -> f64) -> (Lanes, Lanes) {
        let (mut total, mut sum) = ([0.0; LANES], [0.0; LANES]);
        self.each(|row, masses| {
            for l in 0..LANES {
                total[l] += masses[l];
                sum[l] += masses[l] * value(row, l);
            }
        });
        (total, sum)
    }
}

/// A mean of each resample, where it has rows.
pub fn means(total: &Lanes, sum: &Lanes) -> [Option<f64>; LANES] {
    std::array::from_fn(|l| (total[l] > 0.0).then(|| sum[l] / total[l]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Task;
    use crate::stats::measure::Together;
    use crate::stats::{Measure, Metric, Rows};

    /// Every metric, with and without weights: what all lanes at once give is what each alone gives.
    #[test]
    fn every_lane_of_every_metric_is_what_one_resample_gives() {
        let rows = 60;
        let labels: Vec<f64> = (0..rows).map(|row| f64::from(row % 3 == 0)).collect();
        let scores: Vec<f64> = (0..rows).map(|row| f64::from(row * 37 % 29) / 29.0).collect();
        let classes: Vec<f64> = (0..rows).map(|row| f64::from(row % 3)).collect();
        let answers: Vec<f64> = (0..rows).map(|row| f64::from(row * 7 % 11 % 3)).collect();
        let of_classes: Vec<f64> = (0..rows)
            .flat_map(|row| [[0.5, 0.2, 0.3], [0.1, 0.7, 0.2]][row as usize % 2])
            .collect();
        let weights: Vec<f64> = (0..rows).map(|row| f64::from(row % 4) + 0.3).collect();
        let counts: Vec<Counts> = (0..rows as usize)
            .map(|row| std::array::from_fn(|l| ((row + 1) * (l + 3) * 13 % 7 % 4) as u8))
            .collect();
        for weights in [None, Some(&*weights)] {
            let multiclass = Sample {
                task: Task::Multiclass,
                probabilities: Some(&of_classes),
                classes: 3,
                ..Sample::binary(&classes, &answers)
            };
            for sample in [
                Sample::binary(&labels, &scores),
                Sample::regression(&classes, &scores),
                multiclass,
            ] {
                let rows = Rows::new(Sample { weights, ..sample }).expect("rows");
                let all = Metric::suiting(sample.task).filter_map(|m| Measure::of(m, &rows).ok());
                let measures: Vec<Measure<'_>> = all.collect();
                let mut together = Together::new(&measures).lanes(&counts).into_iter();
                for measure in &measures {
                    let metric = measure.metric();
                    let lanes = together.next().expect("as many");
                    for (lane, found) in lanes.into_iter().enumerate() {
                        let one: Vec<u32> = counts.iter().map(|c| u32::from(c[lane])).collect();
                        let alone = measure.resampled(&one).ok();
                        assert_eq!(found, alone, "{metric}, lane {lane}");
                    }
                }
            }
        }
    }
}
