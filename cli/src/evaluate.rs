//! `outerloop evaluate`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::config::raw::RawPredictions;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::verdict::Interval;
use outerloop_core::report::evaluate::html;
use outerloop_core::stats::Metric;
use outerloop_core::steps::evaluate::{self, EvaluateInput, EvaluateOutcome};
use outerloop_core::steps::predictions::Files;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::output::Outcome;
use crate::scoring::Scoring;
use crate::table::table;
use crate::text::Text;

/// Arguments of `evaluate`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "PREDICTIONS")]
    predictions: PathBuf,
    #[arg(long, value_name = "FILE")]
    champion_predictions: Option<PathBuf>,
    #[command(flatten)]
    scoring: Scoring,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    text: Text,
    #[arg(long, value_name = "METRIC", value_delimiter = ',')]
    measure: Vec<String>,
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    resamples: u32,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What the columns mean.
#[derive(Args)]
struct Columns {
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    score: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    champion: Option<String>,
    #[arg(long, value_name = "LABEL", allow_hyphen_values = true)]
    positive: Option<String>,
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    threshold: Option<f64>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    probabilities: Vec<String>,
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    champion_probabilities: Vec<String>,
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    cluster: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    drop: Vec<String>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let configured = context.config()?.predictions_written.clone();
    let champion = context.predictions(arguments.champion_predictions.as_deref(), None)?;
    let text = arguments.text.over(context.config()?.text)?;
    let input = EvaluateInput {
        files: Files { challenger: context.data(&arguments.predictions)?, champion, text },
        champion_required: arguments.columns.champion.is_some(),
        columns: arguments.columns.over(configured),
        metrics: arguments.measure.iter().map(|name| name.parse()).collect::<Result<_>>()?,
        resamples: arguments.resamples as usize,
        level: 0.95,
        fetched: context.fetched(),
    };
    let outcome = match arguments.scoring.is_asked()? {
        true => {
            let data = input.files.challenger.clone();
            arguments.scoring.with(data, text, context, |by| evaluate::run_models(by, &input))?
        }
        false => evaluate::run(&input)?,
    };
    let report = match &arguments.report {
        Some(path) => Some(context.write_report(Some(path), "evaluation", &html(&outcome))?),
        None => None,
    };
    Ok(render(&outcome, report.as_deref()))
}

impl Columns {
    /// Each option goes over what is configured. The configured files are others than these.
    fn over(&self, configured: RawPredictions) -> RawPredictions {
        let list = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        RawPredictions {
            path: None,
            champion_path: None,
            data: None,
            features: None,
            output: None,
            timeout: None,
            task: self.task.clone().or(configured.task),
            label: self.label.clone().or(configured.label),
            positive: self.positive.clone().or(configured.positive),
            score: self.score.clone().or(configured.score),
            probabilities: list(&self.probabilities).or(configured.probabilities),
            champion: self.champion.clone().or(configured.champion),
            champion_probabilities: list(&self.champion_probabilities)
                .or(configured.champion_probabilities),
            weight: self.weight.clone().or(configured.weight),
            cluster: self.cluster.clone().or(configured.cluster),
            id: self.id.clone().or(configured.id),
            drop: list(&self.drop).or(configured.drop),
            threshold: self.threshold.or(configured.threshold),
            slices: None,
        }
    }
}

fn render(outcome: &EvaluateOutcome, report: Option<&str>) -> Outcome {
    let mut metrics = Map::new();
    let mut intervals = Map::new();
    let mut difference = Map::new();
    let mut undefined = Map::new();
    let mut rows = Vec::new();
    for (metric, value) in &outcome.metrics {
        let name = metric.name().to_owned();
        let interval = outcome.intervals.get(metric).map(|found| found.interval);
        let paired = outcome.differences.get(metric);
        if let Some(interval) = interval {
            intervals.insert(name.clone(), json!(interval));
        }
        if let Some(paired) = paired {
            let found = json!({
                "champion": paired.champion,
                "difference": paired.difference,
                "interval": paired.interval,
            });
            difference.insert(name.clone(), found);
        }
        metrics.insert(name, json!(value));
        rows.push(row(outcome, *metric));
    }
    for (metric, why) in &outcome.undefined {
        undefined.insert(metric.name().to_owned(), json!(why));
        if !outcome.metrics.contains_key(metric) {
            rows.push(row(outcome, *metric));
        }
    }
    let best = outcome.thresholds.iter();
    let thresholds: Map<String, Value> = best
        .map(|(metric, best)| {
            let found = json!({"threshold": best.threshold, "value": best.value});
            (metric.name().to_owned(), found)
        })
        .collect();
    let dropped: Vec<_> =
        outcome.dropped.iter().map(|d| json!({"why": d.why, "rows": d.rows})).collect();
    let json = json!({
        "metrics": metrics,
        "intervals": intervals,
        "difference": difference,
        "undefined": undefined,
        "thresholds": thresholds,
        "rows": outcome.rows,
        "dropped": dropped,
        "task": outcome.task.as_str(),
        "guessed": outcome.guessed,
        "report": report,
    });
    let head = ["METRIC", "VALUE", "95 % INTERVAL", "AGAINST THE CHAMPION"];
    let mut said: Vec<String> = outcome
        .guessed
        .iter()
        .map(|g| format!("guessed: {} is {} ({}); otherwise {}", g.what, g.value, g.why, g.option))
        .collect();
    said.extend(outcome.dropped.iter().map(|d| format!("{} rows left out: {}", d.rows, d.why)));
    said.extend(outcome.thresholds.iter().map(|(metric, best)| {
        format!(
            "{metric} would be at most {:.5}, at a threshold of {:.5} that is best on these rows",
            best.value, best.threshold
        )
    }));
    said.push(format!("{} rows, {}", outcome.rows, outcome.task));
    let below = report.map(|path| format!("\nreport: {path}")).unwrap_or_default();
    Outcome::done(json, format!("{}\n{}{below}", said.join("\n"), table(&head, &rows).trim_end()))
}

/// One line a metric. Why there is no value, interval or difference stands in the place of the first of
/// them that is missing.
fn row(outcome: &EvaluateOutcome, metric: Metric) -> Vec<String> {
    let value = outcome.metrics.get(&metric).map(|value| format!("{value:.5}"));
    let interval = outcome.intervals.get(&metric).map(|found| span(found.interval));
    let against = outcome.differences.get(&metric);
    let against = against.map(|p| format!("{:+.5} {}", p.difference, span(p.interval)));
    let mut why = outcome.undefined.get(&metric).cloned();
    let value = value.unwrap_or_else(|| "–".to_owned());
    let interval = interval.or_else(|| why.take()).unwrap_or_default();
    let against = against.or_else(|| why.take()).unwrap_or_default();
    vec![metric.name().to_owned(), value, interval, against]
}

fn span(interval: Interval) -> String {
    format!("[{:.5}, {:.5}]", interval.low, interval.high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_one_line_whatever_is_missing() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/testdata/eval/binary.csv").into();
        let input = EvaluateInput {
            files: Files { challenger: file, ..Files::default() },
            columns: RawPredictions {
                label: Some("y_true".to_owned()),
                score: Some("challenger".to_owned()),
                ..RawPredictions::default()
            },
            champion_required: false,
            metrics: ["precision", "brier", "f1"].map(|n| n.parse().expect("a metric")).to_vec(),
            resamples: 100,
            level: 0.95,
            fetched: Default::default(),
        };
        let mut outcome = evaluate::run(&input).expect("evaluates");
        let precision = input.metrics[0];
        outcome.intervals.remove(&precision);
        outcome.differences.remove(&precision);
        outcome.undefined.insert(precision, "too few rows".to_owned());
        let cells = row(&outcome, precision);
        assert_eq!(cells[2..], ["too few rows", ""]);
        assert!(cells[1].parse::<f64>().is_ok(), "{cells:?}");
        let text = render(&outcome, None).text;
        let lines = text.lines().filter(|line| line.starts_with("precision ")).count();
        assert_eq!(lines, 1, "{text}");
        outcome.metrics.remove(&precision);
        assert_eq!(row(&outcome, precision)[1..], ["–", "too few rows", ""]);
    }
}
