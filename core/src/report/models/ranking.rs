//! ROC curves, and precision over recall.

use super::view::{Curves, Models};
use crate::report::section::Section;
use crate::report::svg::{LinePlot, Series};
use crate::stats::number::{figure, percent};

pub(super) fn section(models: &Models, value: &dyn Fn(&str, bool) -> Option<f64>) -> Section {
    let section = Section::new("ROC, precision and recall");
    let named = models.named();
    let curves: Vec<(&str, &Curves)> =
        named.iter().filter_map(|(name, a)| Some((*name, a.curves.as_ref()?))).collect();
    let Some((_, first)) = curves.first() else { return section };
    let series = |metric: &str, short: &str, points: fn(&Curves) -> &Vec<(f64, f64)>| {
        let named = |(name, curves): &(&str, &Curves)| Series {
            name: match value(metric, *name == "champion") {
                Some(value) => format!("{name} ({short} {})", figure(value)),
                None => (*name).to_owned(),
            },
            points: points(curves).clone(),
        };
        curves.iter().map(named).collect::<Vec<Series>>()
    };
    let roc = LinePlot {
        title: "ROC curves".to_owned(),
        x_label: "false-positive rate".to_owned(),
        y_label: "true-positive rate".to_owned(),
        reference: Some([(0.0, 0.0), (1.0, 1.0)]),
        ..plot(series("roc-auc", "AUC", |c| &c.roc), "True-positive rate at", &ALARMS)
    };
    let precision = LinePlot {
        title: "Precision over recall".to_owned(),
        x_label: "recall".to_owned(),
        y_label: "precision".to_owned(),
        reference: Some([(0.0, first.prevalence), (1.0, first.prevalence)]),
        ..plot(series("average-precision", "AP", |c| &c.precision_recall), "Precision at", &RECALLS)
    };
    section
        .figure(&roc.render(), "ROC curves. The dotted diagonal is what guessing would reach.")
        .figure(
            &precision.render(),
            &format!(
                "Precision over recall. The dotted line is what guessing would reach: {} of the \
                 rows are positive.",
                percent(first.prevalence)
            ),
        )
}

/// False-positive rates that are told to those who cannot see the curve.
const ALARMS: [(f64, &str); 3] = [
    (0.01, "a false-positive rate of 1 %"),
    (0.05, "a false-positive rate of 5 %"),
    (0.1, "a false-positive rate of 10 %"),
];
/// The same for recall.
const RECALLS: [(f64, &str); 3] =
    [(0.5, "a recall of 50 %"), (0.8, "a recall of 80 %"), (0.95, "a recall of 95 %")];

fn plot(series: Vec<Series>, said: &str, at: &[(f64, &str)]) -> LinePlot {
    let told = |(x, name): &(f64, &str)| {
        let values = series.iter().map(|s| format!("{} {}", s.name, figure(height(&s.points, *x))));
        format!("{said} {name}: {}.", values.collect::<Vec<_>>().join(", "))
    };
    LinePlot {
        description: at.iter().map(told).collect::<Vec<_>>().join(" "),
        x: Some((0.0, 1.0)),
        y: Some((0.0, 1.0)),
        series,
        ..LinePlot::default()
    }
}

/// The curve's height at `x`, on the straight line between its points; where it stands upright, the
/// upper end.
fn height(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.iter().position(|p| p.0 > x).unwrap_or(points.len());
    let before = after.checked_sub(1).and_then(|i| points.get(i));
    match (before, points.get(after)) {
        (Some(a), Some(b)) if b.0 > a.0 => a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0),
        (Some(a), _) => a.1,
        (None, Some(b)) => b.1,
        (None, None) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_height_lies_between_the_points() {
        let points = [(0.0, 0.0), (0.0, 0.5), (0.5, 0.75), (1.0, 1.0)];
        assert_eq!(height(&points, 0.0), 0.5);
        assert_eq!(height(&points, 0.25), 0.625);
        assert_eq!(height(&points, 1.0), 1.0);
    }
}
