//! `outerloop evaluate`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::config::raw::RawPredictions;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::verdict::Interval;
use outerloop_core::report::evaluate::html;
use outerloop_core::steps::evaluate::{self, EvaluateInput, EvaluateOutcome};
use outerloop_core::steps::predictions::Files;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::output::Outcome;
use crate::table::table;

/// Arguments of `evaluate`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "PREDICTIONS")]
    predictions: PathBuf,
    #[arg(long, value_name = "FILE")]
    champion_predictions: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
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
    let input = EvaluateInput {
        files: Files { challenger: context.data(&arguments.predictions)?, champion },
        champion_required: arguments.columns.champion.is_some(),
        columns: arguments.columns.over(configured),
        metrics: arguments.measure.iter().map(|name| name.parse()).collect::<Result<_>>()?,
        resamples: arguments.resamples as usize,
        level: 0.95,
    };
    let outcome = evaluate::run(&input)?;
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
        metrics.insert(name.clone(), json!(value));
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
        let compared = paired.map(|p| format!("{:+.5} {}", p.difference, span(Some(p.interval))));
        rows.push(vec![name, format!("{value:.5}"), span(interval), compared.unwrap_or_default()]);
    }
    for (metric, why) in &outcome.undefined {
        undefined.insert(metric.name().to_owned(), json!(why));
        rows.push(vec![metric.name().to_owned(), "–".to_owned(), why.clone()]);
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

fn span(interval: Option<Interval>) -> String {
    interval.map(|i| format!("[{:.5}, {:.5}]", i.low, i.high)).unwrap_or_default()
}
