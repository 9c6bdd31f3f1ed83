//! Drift detection method (Gama, Medas, Castillo and Rodrigues 2004), as river 0.26 does it.

/// What a detector of errors says after a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The error rate is what it was.
    Stable,
    /// It may be rising.
    Warning,
    /// It has risen.
    Drift,
}

/// Tells when the error rate of a model has risen above the lowest it had: by two of its standard
/// deviations there a warning, by three drift. It begins anew after each drift. Answers come one by
/// one, or in batches of which only the number of wrong ones is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddm {
    /// Values before the first answer.
    pub warm_start: u64,
    /// Standard deviations of a warning.
    pub warning: f64,
    /// Standard deviations of drift.
    pub drift: f64,
    /// Wrong answers that the standard deviation counts as at least. 0, as river has it: after a
    /// beginning without any, the first one is drift.
    pub fewest_wrong: f64,
    seen: u64,
    rate: f64,
    lowest: Option<(f64, f64)>,
}

impl Default for Ddm {
    fn default() -> Self {
        Self {
            warm_start: 30,
            warning: 2.0,
            drift: 3.0,
            fewest_wrong: 0.0,
            seen: 0,
            rate: 0.0,
            lowest: None,
        }
    }
}

impl Ddm {
    /// Takes whether a prediction was wrong.
    pub fn update(&mut self, wrong: bool) -> State {
        self.batch(u64::from(wrong), 1)
    }

    /// Takes how many of so many predictions were wrong, and looks once after them. Nothing of none.
    pub fn batch(&mut self, wrong: u64, rows: u64) -> State {
        if rows == 0 {
            return State::Stable;
        }
        let n = self.count(wrong, rows);
        if self.seen <= self.warm_start {
            return State::Stable;
        }
        let uncertain = self.rate.max((self.fewest_wrong / n).min(0.5));
        let deviation = (uncertain * (1.0 - uncertain) / n).sqrt();
        let level = self.rate + deviation;
        let (rate, spread) = match self.lowest {
            Some((rate, spread)) if level > rate + spread => (rate, spread),
            _ => (self.rate, deviation),
        };
        self.lowest = Some((rate, spread));
        if level > rate + self.drift * spread {
            (self.seen, self.rate, self.lowest) = (0, 0.0, None);
            State::Drift
        } else if level > rate + self.warning * spread {
            State::Warning
        } else {
            State::Stable
        }
    }

    /// Counts them; the number of all so far.
    fn count(&mut self, wrong: u64, rows: u64) -> f64 {
        self.seen += rows;
        let share = wrong.min(rows) as f64 / rows as f64;
        let n = self.seen as f64;
        self.rate += (share - self.rate) * rows as f64 / n;
        n
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The states after each answer, taken one by one by a closure.
    fn states(answers: &[bool], mut take: impl FnMut(bool) -> State) -> Vec<State> {
        answers.iter().map(|wrong| take(*wrong)).collect()
    }

    proptest! {
        #[test]
        fn a_batch_of_one_is_one_answer(
            answers in prop::collection::vec(prop::bool::weighted(0.2), 0..300),
            fewest_wrong in prop::sample::select(vec![0.0, 1.0]),
        ) {
            let new = Ddm { fewest_wrong, ..Ddm::default() };
            let (mut single, mut batches) = (new.clone(), new);
            let one = states(&answers, |wrong| single.update(wrong));
            let other = states(&answers, |wrong| batches.batch(u64::from(wrong), 1));
            prop_assert_eq!(one, other);
            prop_assert_eq!(single, batches);
        }

        #[test]
        fn the_rate_of_batches_is_that_of_their_answers(
            batches in prop::collection::vec((0..50u64, 50..200u64), 1..20),
        ) {
            let mut ddm = Ddm { drift: 1e9, fewest_wrong: 1.0, ..Ddm::default() };
            for (wrong, rows) in &batches {
                ddm.batch(*wrong, *rows);
            }
            let sum = |of: fn(&(u64, u64)) -> u64| batches.iter().map(of).sum::<u64>() as f64;
            prop_assert!((ddm.rate - sum(|b| b.0) / sum(|b| b.1)).abs() < 1e-12);
        }
    }

    #[test]
    fn one_error_after_a_clean_beginning_is_no_drift_where_one_is_counted_as_the_least() {
        let mut ddm = Ddm { fewest_wrong: 1.0, ..Ddm::default() };
        assert_eq!((ddm.batch(0, 500), ddm.batch(1, 500)), (State::Stable, State::Stable));
        assert_eq!(ddm.batch(40, 500), State::Drift);
        let mut rivers = Ddm::default();
        assert_eq!((rivers.batch(0, 500), rivers.batch(1, 500)), (State::Stable, State::Drift));
    }
}
