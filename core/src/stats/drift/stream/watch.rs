//! A detector over the windows of a metric: one value a window, few of them, and what changed in
//! words' reach: from which level to which, over how many windows.

use super::{Adwin, Ddm, PageHinkley, SelfStarting, ddm};

/// Earlier windows that Page-Hinkley needs: as many as make a signal's history.
const SHORTEST: usize = 5;
/// Earlier windows that ADWIN needs before its first look.
const GRACE: usize = 10;

/// Which detector, with its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Detector {
    /// ADWIN over the values as they are, looking after each.
    Adwin {
        /// Chance of a false alarm that the bound is made for.
        delta: f64,
    },
    /// Page-Hinkley, both ways and with the known mean 0, over the values as standard normal numbers
    /// by the values since the last change ([`SelfStarting`]): the self-starting cumulative sum.
    PageHinkley {
        /// Deviation that is allowed for, in standard deviations.
        allowance: f64,
        /// Cumulated deviation that is a change, in standard deviations.
        threshold: f64,
    },
    /// DDM over the wrong answers of each window; a value is the share of right ones.
    Ddm {
        /// Standard deviations above the lowest error rate that are a change.
        deviations: f64,
    },
}

impl Detector {
    /// Earlier windows since the last change that it needs to say anything.
    pub fn fewest(self) -> usize {
        match self {
            Self::Adwin { .. } => GRACE,
            Self::PageHinkley { .. } => SHORTEST,
            Self::Ddm { .. } => 1,
        }
    }
}

/// What was measured in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The metric, in its own unit.
    pub value: f64,
    /// The rows that it was measured on.
    pub rows: u64,
}

/// The level of a metric over some windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Arithmetic mean over the windows, of DDM over their rows.
    pub mean: f64,
    /// How many windows.
    pub windows: usize,
}

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Whether the values rose.
    pub up: bool,
    /// The level from the change before it, or the beginning, on.
    pub before: Level,
    /// The level up to the window in which it is told.
    pub after: Level,
}

/// What a detector tells at a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Told {
    /// Too few windows before it to say anything.
    Few {
        /// Windows before it since the last change, or the beginning.
        earlier: usize,
        /// Whether there was a change.
        anew: bool,
    },
    /// No change.
    Calm,
    /// A change; with the next window the detector begins anew.
    Changed(Change),
}

#[derive(Debug, Clone)]
enum State {
    Adwin(Adwin),
    PageHinkley(SelfStarting, PageHinkley),
    Ddm(Ddm),
}

/// A detector that watches a metric from window to window.
#[derive(Debug, Clone)]
pub struct Watch {
    detector: Detector,
    state: State,
    /// The windows since the last change.
    windows: Vec<Window>,
    anew: bool,
}

impl Watch {
    /// One that has seen no window.
    pub fn new(detector: Detector) -> Self {
        Self { detector, state: fresh(detector), windows: Vec::new(), anew: false }
    }

    /// Takes the next window, whose value is finite, and says what it tells.
    pub fn take(&mut self, window: Window) -> Told {
        let earlier = self.windows.len();
        self.windows.push(window);
        if let Some((since, up)) = self.change(window) {
            let change = self.levels(since, up);
            self.windows.clear();
            (self.state, self.anew) = (fresh(self.detector), true);
            return Told::Changed(change);
        }
        match earlier < self.detector.fewest() {
            true => Told::Few { earlier, anew: self.anew },
            false => Told::Calm,
        }
    }

    /// How many of the latest windows have a new level, and whether it is known to be a higher one.
    fn change(&mut self, window: Window) -> Option<(u64, Option<bool>)> {
        match &mut self.state {
            State::Adwin(adwin) => adwin.change(window.value).map(|newer| (newer, None)),
            State::PageHinkley(past, test) => {
                let moved = test.change(past.standardise(window.value))?;
                Some((moved.since, Some(moved.up)))
            }
            State::Ddm(ddm) => {
                let state = ddm.batch(wrong(&window), window.rows);
                (state == ddm::State::Drift).then(|| (risen(&self.windows), Some(false)))
            }
        }
    }

    fn levels(&self, since: u64, up: Option<bool>) -> Change {
        let since = usize::try_from(since).unwrap_or(usize::MAX).min(self.windows.len());
        let (before, after) = self.windows.split_at(self.windows.len() - since);
        let (before, after) = (self.level(before), self.level(after));
        Change { up: up.unwrap_or(after.mean > before.mean), before, after }
    }

    fn level(&self, windows: &[Window]) -> Level {
        let weight = |window: &Window| match self.detector {
            Detector::Ddm { .. } => window.rows as f64,
            _ => 1.0,
        };
        let all: f64 = windows.iter().map(weight).sum();
        let mean = windows.iter().map(|w| w.value * (weight(w) / all)).sum();
        Level { mean, windows: windows.len() }
    }
}

/// Wrong answers of a window whose value is the share of right ones.
fn wrong(window: &Window) -> u64 {
    ((1.0 - window.value) * window.rows as f64).round() as u64
}

/// The number of latest windows whose error rate differs most from that of the windows before them,
/// in standard errors: where the change is most likely.
fn risen(windows: &[Window]) -> u64 {
    let sum = |windows: &[Window]| {
        let rows: f64 = windows.iter().map(|w| w.rows as f64).sum();
        (windows.iter().map(|w| wrong(w) as f64).sum::<f64>(), rows)
    };
    let (all_wrong, all) = sum(windows);
    let (mut before_wrong, mut before) = (0.0, 0.0);
    let (mut most, mut found) = (0.0, 1);
    for (i, window) in windows.iter().enumerate() {
        let after = all - before;
        let apart = (all_wrong - before_wrong) / after - before_wrong / before;
        let errors = apart / (1.0 / before + 1.0 / after).sqrt();
        if before > 0.0 && errors > most {
            (most, found) = (errors, windows.len() - i);
        }
        before_wrong += wrong(window) as f64;
        before += window.rows as f64;
    }
    found as u64
}

fn fresh(detector: Detector) -> State {
    match detector {
        Detector::Adwin { delta } => {
            let mut adwin = Adwin::new(delta);
            adwin.clock = 1;
            State::Adwin(adwin)
        }
        Detector::PageHinkley { allowance, threshold } => {
            let mut test = PageHinkley::default();
            (test.delta, test.threshold) = (allowance, threshold);
            (test.centre, test.alpha) = (Some(0.0), 1.0);
            test.min_instances = SHORTEST as u64 + 1;
            State::PageHinkley(SelfStarting::default(), test)
        }
        Detector::Ddm { deviations } => {
            let mut ddm = Ddm::default();
            (ddm.drift, ddm.fewest_wrong) = (deviations, 1.0);
            State::Ddm(ddm)
        }
    }
}
