//! Adaptive windowing (Bifet and Gavaldà 2007), as river 0.26 does it.

/// Most summaries of one size.
const MOST: usize = 5;
/// Values that either part of the window needs.
const LEAST: f64 = 5.0;
/// Values before the first look.
const GRACE: f64 = 10.0;

/// Keeps a window of the latest values and tells when an older part of it has another mean than the
/// newer one. Memory grows with the logarithm of the window. It begins anew after each change. Its
/// bound is made for values from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Adwin {
    /// Chance of a false alarm that the bound is made for.
    pub delta: f64,
    /// Looks for a change every so many values.
    pub clock: u64,
    /// Summaries of 2^row values each, the oldest first.
    rows: Vec<Vec<Summary>>,
    width: f64,
    total: f64,
    variance: f64,
    tick: u64,
}

/// Sum and squared deviations of some neighbouring values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Summary {
    total: f64,
    variance: f64,
}

impl Default for Adwin {
    fn default() -> Self {
        Self::new(0.002)
    }
}

impl Adwin {
    /// A detector with a chance of false alarms.
    pub fn new(delta: f64) -> Self {
        let rows = vec![Vec::new()];
        Self { delta, clock: 32, rows, width: 0.0, total: 0.0, variance: 0.0, tick: 0 }
    }

    /// Values in the window.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Their mean; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 { self.total / self.width } else { 0.0 }
    }

    /// Takes a value and says whether the mean has changed; with the next value it begins anew.
    pub fn update(&mut self, value: f64) -> bool {
        self.change(value).is_some()
    }

    /// Takes a value; where the mean has changed, says how many of the latest values are newer than
    /// the cut at which the difference of the means is furthest beyond its bound.
    pub fn change(&mut self, value: f64) -> Option<u64> {
        self.insert(value);
        self.tick += 1;
        let due = self.tick.is_multiple_of(self.clock) && self.width > GRACE;
        let newer = if due { self.cut() } else { None }?;
        *self = Self { clock: self.clock, ..Self::new(self.delta) };
        Some(newer)
    }

    fn insert(&mut self, value: f64) {
        self.rows[0].push(Summary { total: value, variance: 0.0 });
        self.width += 1.0;
        if self.width > 1.0 {
            let before = self.width - 1.0;
            self.variance += before * (value - self.total / before).powi(2) / self.width;
        }
        self.total += value;
        self.compress();
    }

    /// Joins the two oldest summaries of a size of which there are too many.
    fn compress(&mut self) {
        let mut row = 0;
        while row < self.rows.len() && self.rows[row].len() > MOST {
            if row + 1 == self.rows.len() {
                self.rows.push(Vec::new());
            }
            let size = size(row);
            let (a, b) = (self.rows[row][0], self.rows[row][1]);
            let apart = (a.total / size - b.total / size).powi(2) * size / 2.0;
            let variance = a.variance + b.variance + apart;
            self.rows[row + 1].push(Summary { total: a.total + b.total, variance });
            self.rows[row].drain(..2);
            row += 1;
        }
    }

    /// Values after the cut that divides the window into parts whose means are too far apart, and of
    /// several cuts after that at which they are so by most.
    fn cut(&self) -> Option<u64> {
        let (mut old, mut old_total) = (0.0, 0.0);
        let (mut most, mut found) = (0.0, None);
        for (row, summaries) in self.rows.iter().enumerate().rev() {
            for summary in summaries {
                old += size(row);
                old_total += summary.total;
                let (new, new_total) = (self.width - old, self.total - old_total);
                if old < LEAST || new < LEAST {
                    continue;
                }
                let beyond = (old_total / old - new_total / new).abs() - self.bound(old, new);
                if beyond > most {
                    (most, found) = (beyond, Some(new as u64));
                }
            }
        }
        found
    }

    /// How far the means of parts of these sizes may be apart.
    fn bound(&self, old: f64, new: f64) -> f64 {
        let strict = (2.0 * self.width.ln() / self.delta).ln();
        let sizes = 1.0 / (old - LEAST + 1.0) + 1.0 / (new - LEAST + 1.0);
        let spread = (2.0 * sizes * self.variance / self.width * strict).sqrt();
        spread + 2.0 / 3.0 * strict * sizes
    }
}

fn size(row: usize) -> f64 {
    (1u64 << row) as f64
}
