//! Page-Hinkley test (Page 1954; Hinkley 1971) with forgetting, as river 0.26 does it.

/// Which changes of the mean are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// A rise.
    Up,
    /// A fall.
    Down,
    /// Both.
    Both,
}

/// Tells when the mean of a stream has moved: how far the cumulated deviations from the running mean
/// have left their extreme. It begins anew after each change.
#[derive(Debug, Clone, PartialEq)]
pub struct PageHinkley {
    /// Values before the first answer.
    pub min_instances: u64,
    /// Deviation that is allowed for, in the unit of the values.
    pub delta: f64,
    /// Distance from the extreme that is a change.
    pub threshold: f64,
    /// How much of the cumulated deviation each value keeps.
    pub alpha: f64,
    /// Which changes are told.
    pub towards: Towards,
    /// The mean, where it is known; none: the running mean.
    pub centre: Option<f64>,
    seen: u64,
    mean: f64,
    rise: Cumulated,
    fall: Cumulated,
}

/// A change of the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Whether it rose.
    pub up: bool,
    /// How many of the latest values came after the extreme, where the change is put.
    pub since: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Cumulated {
    sum: f64,
    extreme: f64,
    since: u64,
}

impl Default for PageHinkley {
    fn default() -> Self {
        Self {
            min_instances: 30,
            delta: 0.005,
            threshold: 50.0,
            alpha: 0.9999,
            towards: Towards::Both,
            centre: None,
            seen: 0,
            mean: 0.0,
            rise: Cumulated::default(),
            fall: Cumulated::default(),
        }
    }
}

impl PageHinkley {
    /// Takes a value and says whether the mean has moved.
    pub fn update(&mut self, value: f64) -> bool {
        self.change(value).is_some()
    }

    /// Takes a value; where the mean has moved, says how.
    pub fn change(&mut self, value: f64) -> Option<Moved> {
        let first = self.seen == 0;
        self.seen += 1;
        self.mean += (value - self.mean) / self.seen as f64;
        let apart = value - self.centre.unwrap_or(self.mean);
        self.rise.add(self.alpha, apart - self.delta, first, f64::min);
        self.fall.add(self.alpha, apart + self.delta, first, f64::max);
        let up = self.rise.sum - self.rise.extreme > self.threshold;
        let down = self.fall.extreme - self.fall.sum > self.threshold;
        let moved = match self.towards {
            Towards::Up => up,
            Towards::Down => down,
            Towards::Both => up || down,
        };
        if !moved || self.seen < self.min_instances {
            return None;
        }
        let up = up && self.towards != Towards::Down;
        let since = if up { self.rise.since } else { self.fall.since };
        self.reset();
        Some(Moved { up, since })
    }

    fn reset(&mut self) {
        self.seen = 0;
        self.mean = 0.0;
        self.rise = Cumulated::default();
        self.fall = Cumulated::default();
    }
}

impl Cumulated {
    fn add(&mut self, alpha: f64, value: f64, first: bool, extreme: fn(f64, f64) -> f64) {
        self.sum = alpha * self.sum + value;
        self.extreme = if first { self.sum } else { extreme(self.extreme, self.sum) };
        self.since = if self.sum == self.extreme { 0 } else { self.since + 1 };
    }
}
