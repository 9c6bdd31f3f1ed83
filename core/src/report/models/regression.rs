//! Predicted against true numbers, and what is left between them.

use super::scores::told;
use super::view::{Answers, Models, QUANTILES};
use crate::report::section::Section;
use crate::report::svg::{DensityPlot, HistogramPlot, Steps};
use crate::report::table::{Cell, Table};
use crate::stats::curves::Distribution;
use crate::stats::number::{figure, percent, signed};

pub(super) fn section(models: &Models) -> Section {
    let section = Section::new("Predicted and true");
    let named = models.named();
    let section = named.iter().fold(section, |section, (name, answers)| {
        let Some(density) = &answers.density else { return section };
        let (low, high) = density.range;
        let plot = DensityPlot {
            title: format!("Predicted against true numbers of the {name}"),
            description: format!(
                "A grid from {} to {} on both axes; the closer to the diagonal, the better.",
                figure(low),
                figure(high)
            ),
            x_label: "true".to_owned(),
            y_label: format!("predicted by the {name}"),
            density,
        };
        let caption = format!(
            "What the {name} predicts: the stronger, the more rows. What is right lies on the \
             diagonal; what is beyond the axes is drawn at their ends."
        );
        section.figure(&plot.render(), &caption)
    });
    let residuals: Vec<_> =
        named.iter().filter_map(|(name, a)| Some((*name, a.residuals.as_ref()?))).collect();
    let Some((_, first)) = residuals.first() else { return section };
    let steps = |(name, d): &(&str, &Distribution)| Steps {
        name: (*name).to_owned(),
        shares: d.shares.clone(),
    };
    let described: Vec<String> = residuals.iter().map(|(name, d)| told(name, d)).collect();
    let (low, high) = first.range;
    let plot = HistogramPlot {
        title: "Predicted minus true".to_owned(),
        description: described.join(" "),
        x_label: "predicted − true".to_owned(),
        y_label: "share of the rows".to_owned(),
        range: first.range,
        series: residuals.iter().map(steps).collect(),
        line: (low < 0.0 && high > 0.0).then(|| (0.0, "right".to_owned())),
    };
    let section = section.figure(
        &plot.render(),
        "Predicted minus true: to the right of 0 is too much. What is beyond the axis is counted in \
         the outermost bars.",
    );
    section.table_beside(&quantiles(&named))
}

fn quantiles(named: &[(&str, &Answers)]) -> Table {
    let mut headings = vec!["Share of the rows below".to_owned()];
    headings.extend(named.iter().map(|(name, _)| (*name).to_owned()));
    let caption = "Quantiles of predicted minus true".to_owned();
    let mut table = Table { caption, headings, ..Table::default() };
    for (i, quantile) in QUANTILES.iter().enumerate() {
        let mut row = vec![Cell::text(percent(*quantile))];
        let value =
            |answers: &Answers| answers.quantiles.get(i).map_or("–".into(), |v| signed(*v));
        row.extend(named.iter().map(|(_, answers)| Cell::Number(value(answers))));
        table.row(row);
    }
    table
}
