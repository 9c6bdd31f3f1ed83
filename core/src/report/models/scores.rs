//! How the scores of each class spread.

use super::view::{Answers, Models};
use crate::domain::metric::Task;
use crate::report::section::Section;
use crate::report::svg::{HistogramPlot, Steps};
use crate::stats::curves::Distribution;
use crate::stats::number::{figure, percent};

pub(super) fn section(models: &Models) -> Section {
    match models.task {
        Task::Binary => binary(models),
        Task::Multiclass => multiclass(models),
        Task::Regression => Section::new(""),
    }
}

fn binary(models: &Models) -> Section {
    let section = Section::new("Scores by class");
    let [no, yes] = models.classes.as_slice() else { return section };
    let drawable = |answers: &Answers| answers.scores.iter().any(|d| d.rows > 0);
    let both = models.named().into_iter().filter(|(_, answers)| drawable(answers));
    both.fold(section, |section, (name, answers)| {
        let [negatives, positives] = answers.scores.as_slice() else { return section };
        let steps = |name: &str, d: &Distribution| Steps {
            name: format!("class {name}"),
            shares: d.shares.clone(),
        };
        let plot = HistogramPlot {
            title: format!("Scores of the {name} by class"),
            description: format!(
                "{} {}",
                told(&format!("class {yes}"), positives),
                told(&format!("class {no}"), negatives)
            ),
            x_label: format!("score of the {name}"),
            y_label: "share of the class".to_owned(),
            range: positives.range,
            series: vec![steps(yes, positives), steps(no, negatives)],
            line: Some((models.threshold, format!("threshold {}", figure(models.threshold)))),
        };
        let caption = format!(
            "Scores of the {name}. The less the two overlap, the better it tells them apart."
        );
        section.figure(&plot.render(), &caption)
    })
}

fn multiclass(models: &Models) -> Section {
    let series: Vec<(&str, &Distribution)> = models
        .named()
        .into_iter()
        .filter_map(|(name, answers)| Some((name, answers.scores.first()?)))
        .collect();
    let section = Section::new("Probability of the right class");
    if series.is_empty() {
        return section;
    }
    let described: Vec<String> = series.iter().map(|(name, d)| told(name, d)).collect();
    let steps = |(name, d): &(&str, &Distribution)| Steps {
        name: (*name).to_owned(),
        shares: d.shares.clone(),
    };
    let plot = HistogramPlot {
        title: "Probability that was given to the right class".to_owned(),
        description: described.join(" "),
        x_label: "probability of the right class".to_owned(),
        y_label: "share of the rows".to_owned(),
        range: (0.0, 1.0),
        series: series.iter().map(steps).collect(),
        line: None,
    };
    section.figure(&plot.render(), "How sure the models were of what was right.")
}

/// Where the values lie, in words.
pub(super) fn told(name: &str, found: &Distribution) -> String {
    let bins = found.shares.len().max(1) as f64;
    let (low, high) = found.range;
    let edge = |i: usize| figure(low + (high - low) * i as f64 / bins);
    let at = |share: f64| {
        let mut sum = 0.0;
        let bin = found.shares.iter().position(|s| {
            sum += s;
            sum >= share
        });
        edge(bin.unwrap_or(0) + 1)
    };
    let (lower, middle, upper) = (at(0.25), at(0.5), at(0.75));
    let outermost = found.shares.first().zip(found.shares.last());
    let ends = outermost.map(|(first, last)| {
        format!(" {} are in the lowest bin, {} in the highest.", percent(*first), percent(*last))
    });
    format!(
        "{name}: a quarter lies below about {lower}, half below {middle}, three quarters below \
         {upper}.{}",
        ends.unwrap_or_default()
    )
}
