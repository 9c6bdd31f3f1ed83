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
/// deviations there a warning, by three drift. It begins anew after each drift.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddm {
    /// Values before the first answer.
    pub warm_start: u64,
    /// Standard deviations of a warning.
    pub warning: f64,
    /// Standard deviations of drift.
    pub drift: f64,
    seen: u64,
    rate: f64,
    lowest: Option<(f64, f64)>,
}

impl Default for Ddm {
    fn default() -> Self {
        Self { warm_start: 30, warning: 2.0, drift: 3.0, seen: 0, rate: 0.0, lowest: None }
    }
}

impl Ddm {
    /// Takes whether a prediction was wrong.
    pub fn update(&mut self, wrong: bool) -> State {
        self.seen += 1;
        let n = self.seen as f64;
        self.rate += (f64::from(u8::from(wrong)) - self.rate) / n;
        if self.seen <= self.warm_start {
            return State::Stable;
        }
        let deviation = (self.rate * (1.0 - self.rate) / n).sqrt();
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
}
