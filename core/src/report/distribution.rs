//! A column's distribution, before and now, as bars.

use super::number::figure;
use super::svg::{BarPlot, Bars, Svg};
use crate::domain::drift::ColumnKind;
use crate::stats::drift::profile::{BinNames, Bins};

/// Most bars of a plot; the least frequent categories are added up.
pub(super) const MAX_BARS: usize = 20;

/// Draws the shares of both sides over the same bins.
pub(super) fn plot(name: &str, kind: ColumnKind, bins: &Bins, caption: &str) -> Svg {
    let shares = Shown::of(bins);
    let kind = match kind {
        ColumnKind::Number => "numbers in bins",
        ColumnKind::Category => "categories",
    };
    BarPlot {
        title: format!("Distribution of {name}"),
        description: format!("Share of the rows before and now: {kind}. {caption}"),
        x_label: name.chars().take(60).collect(),
        y_label: "share".to_owned(),
        categories: shares.names,
        series: vec![
            Bars { name: "baseline".to_owned(), values: shares.baseline },
            Bars { name: "current".to_owned(), values: shares.current },
        ],
    }
    .render()
}

/// The bins as they are drawn.
struct Shown {
    names: Vec<String>,
    baseline: Vec<f64>,
    current: Vec<f64>,
}

impl Shown {
    fn of(bins: &Bins) -> Self {
        let names = names(&bins.names);
        let (baseline, current) = (bins.baseline.clone(), bins.current.clone());
        let mut shown = Self { names, baseline, current };
        if matches!(bins.names, BinNames::Levels(_)) && shown.names.len() > MAX_BARS {
            shown.join_after(MAX_BARS - 1);
        }
        shown
    }

    fn join_after(&mut self, kept: usize) {
        self.names.truncate(kept);
        self.names.push("(other)".to_owned());
        for shares in [&mut self.baseline, &mut self.current] {
            let rest = shares.split_off(kept).iter().sum();
            shares.push(rest);
        }
    }
}

fn names(names: &BinNames) -> Vec<String> {
    match names {
        BinNames::Levels(levels) => levels.clone(),
        BinNames::Values(values) => values.iter().map(|v| figure(*v)).collect(),
        BinNames::UpTo(edges) => {
            let last = edges.len().saturating_sub(1);
            let name = |(i, edge): (usize, &f64)| match edges.get(i.wrapping_sub(1)) {
                Some(before) if i == last => format!("> {}", figure(*before)),
                _ => format!("≤ {}", figure(*edge)),
            };
            edges.iter().enumerate().map(name).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_numbers_are_named_by_their_edges() {
        let edges = BinNames::UpTo(vec![1.0, 2.5, 9.0]);
        assert_eq!(names(&edges), ["≤ 1", "≤ 2.5", "> 2.5"]);
        assert_eq!(names(&BinNames::UpTo(vec![4.0])), ["≤ 4"]);
    }
}
