//! One column of text while it passes.

use std::collections::HashMap;

use super::distinct::{self, Counted, hash_text};
use super::number::told;
use crate::domain::profile::{
    CategoryProfile, Distinct, Lengths, Level, MAX_CATEGORIES, Registers,
};

/// Names that are held before the rare ones are dropped.
const HELD: usize = 8192;
/// Names that are left then.
const LEFT: usize = 4096;

/// Text so far.
///
/// While names are few all are counted. Where they get too many, the rare ones are dropped by the
/// rule of J. Misra and D. Gries, *Finding repeated elements*, 1982: the count of the first that is
/// dropped is taken off every other, and is the most by which a count can be too small.
#[derive(Debug, Clone, Default)]
pub struct LevelSketch {
    counts: HashMap<String, u64>,
    count: u64,
    undercount: u64,
    lengths: Option<Lengths>,
    registers: Option<Box<Registers>>,
    /// Of parts that tell how many names they have, and not all of them.
    counted: Option<Counted>,
}

impl LevelSketch {
    /// Adds `count` rows of a level.
    pub fn add(&mut self, name: &str, count: u64) {
        if count == 0 {
            return;
        }
        let length = name.chars().count() as u64;
        self.add_lengths(Lengths { min: length, max: length, total: length * count });
        self.count += count;
        if let Some(registers) = &mut self.registers {
            distinct::note(registers, hash_text(name));
        }
        self.put(name, count);
    }

    fn put(&mut self, name: &str, count: u64) {
        if let Some(known) = self.counts.get_mut(name) {
            *known += count;
            return;
        }
        self.counts.insert(name.to_owned(), count);
        if self.counts.len() > HELD {
            self.drop_rare();
        }
    }

    fn add_lengths(&mut self, more: Lengths) {
        let own = self.lengths.get_or_insert(Lengths { min: u64::MAX, max: 0, total: 0 });
        own.min = own.min.min(more.min);
        own.max = own.max.max(more.max);
        own.total = own.total.saturating_add(more.total);
    }

    /// The registers, with every name that is held noted in them.
    fn registers(&mut self) -> &mut Registers {
        let counts = &self.counts;
        self.registers.get_or_insert_with(|| Box::new(noted(counts.keys())))
    }

    fn drop_rare(&mut self) {
        self.registers();
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let (_, limit, _) = counts.select_nth_unstable_by(LEFT, |a, b| b.cmp(a));
        let limit = *limit;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(limit);
            *count > 0
        });
        self.undercount += limit;
    }

    /// Adds what was found in other data.
    pub fn merge(&mut self, other: &CategoryProfile, count: u64, distinct: &Distinct) {
        if count == 0 {
            return;
        }
        if let Some(others) = &distinct.registers {
            distinct::merge(self.registers(), others);
        } else if distinct.count > other.levels.len() as u64 {
            self.counted.get_or_insert_default().add(distinct);
        } else if let Some(registers) = &mut self.registers {
            other.levels.iter().for_each(|l| distinct::note(registers, hash_text(&l.name)));
        }
        self.add_lengths(other.lengths);
        self.count += count;
        // A name that the other does not tell may have as many rows as the rarest that it tells.
        let rarest = other.levels.last().map_or(u64::MAX, |l| l.count + other.undercount);
        self.undercount += if other.other > 0 { rarest.min(other.other) } else { 0 };
        other.levels.iter().for_each(|l| self.put(&l.name, l.count));
    }

    /// The profile, and how many distinct names there are. Where every name is a spelling of true
    /// or false, they become `true` and `false`.
    pub fn finish(mut self) -> (CategoryProfile, Distinct) {
        let boolean =
            |name: &String| ["true", "false"].iter().any(|b| name.eq_ignore_ascii_case(b));
        if self.counts.keys().all(boolean) {
            let mut counts = HashMap::new();
            for (name, count) in self.counts.drain() {
                *counts.entry(name.to_ascii_lowercase()).or_insert(0) += count;
            }
            self.counts = counts;
        }
        let known = self.counts.len();
        if known > MAX_CATEGORIES {
            self.registers();
        }
        let distinct = match self.counted {
            Some(counted) => {
                let others = self.registers.map_or(0, |r| distinct::estimate(&r).round() as u64);
                counted.with(others)
            }
            None => told(self.registers.map(|r| *r), known as u64),
        };
        let level = |(name, count)| Level { name, count };
        let mut levels: Vec<Level> = self.counts.into_iter().map(level).collect();
        levels.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        levels.truncate(MAX_CATEGORIES);
        let other = self.count - levels.iter().map(|l| l.count).sum::<u64>();
        let undercount = self.undercount.min(other);
        let lengths = self.lengths.unwrap_or_default();
        (CategoryProfile { levels, other, undercount, lengths }, distinct)
    }
}

fn noted<'a>(names: impl Iterator<Item = &'a String>) -> Registers {
    let mut registers = Registers::new();
    names.for_each(|name| distinct::note(&mut registers, hash_text(name)));
    registers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_right_to_within_the_undercount() {
        let mut sketch = LevelSketch::default();
        for i in 0..100_000u64 {
            sketch.add(&format!("id-{i}"), 1);
            sketch.add(["big", "large", "large"][(i % 3) as usize], 1);
        }
        let (found, distinct) = sketch.finish();
        let count = |name: &str| found.levels.iter().find(|l| l.name == name).map(|l| l.count);
        let large = count("large").expect("kept");
        assert!(large <= 66_667 && large + found.undercount >= 66_666, "{found:?}");
        assert!(found.undercount < 50, "{}", found.undercount);
        assert!((distinct.count as f64 / 100_002.0 - 1.0).abs() < 0.2, "{}", distinct.count);
        assert_eq!(found.levels.iter().map(|l| l.count).sum::<u64>() + found.other, 200_000);
    }

    #[test]
    fn merging_is_one_pass_while_names_are_few() {
        let (mut all, mut merged) = (LevelSketch::default(), LevelSketch::default());
        for shard in 0..3 {
            let mut part = LevelSketch::default();
            for i in 0..50 {
                for sketch in [&mut all, &mut part] {
                    sketch.add(&"abc"[..1 + (i * 7 + shard) % 3], 2);
                }
            }
            let (profile, distinct) = part.finish();
            merged.merge(&profile, 100, &distinct);
        }
        assert_eq!(merged.finish(), all.finish());
    }

    #[test]
    fn what_was_not_told_counts_as_undercount() {
        let mut many = LevelSketch::default();
        (0..1500u64).for_each(|i| many.add(&format!("n{i}"), 2000 - i));
        let rows: u64 = (0..1500).map(|i| 2000 - i).sum();
        let (first, distinct) = many.finish();
        assert_eq!((first.levels.len(), first.undercount), (1000, 0));
        let mut both = LevelSketch::default();
        both.merge(&first, rows, &distinct);
        both.add("n1200", 1);
        let (found, _) = both.finish();
        assert!(found.undercount >= 800, "n1200 may have 800 rows more: {}", found.undercount);
    }
}
