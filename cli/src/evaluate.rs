//! `outerloop evaluate`

use std::path::PathBuf;

use clap::Args;
use outerloop_core::config::valid::PredictionsConfig;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::verdict::Interval;
use outerloop_core::steps::evaluate::{self, EvaluateInput, EvaluateOutcome};
use outerloop_core::steps::predictions::Files;
use serde_json::{Map, json};

use crate::context::Context;
use crate::output::Outcome;
use crate::table::table;

/// Arguments of `evaluate`.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "PREDICTIONS")]
    predictions: PathBuf,
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    score: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    champion: Option<String>,
    #[arg(long, value_name = "LABEL")]
    positive: Option<String>,
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    resamples: u32,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let configured = context.config()?.predictions.clone();
    let input = EvaluateInput {
        files: Files { challenger: context.path(&arguments.predictions), champion: None },
        champion_required: arguments.champion.is_some(),
        columns: columns(arguments, configured)?,
        resamples: arguments.resamples as usize,
        level: 0.95,
    };
    let outcome = evaluate::run(&input)?;
    Ok(render(&outcome))
}

fn columns(arguments: &Arguments, configured: PredictionsConfig) -> Result<PredictionsConfig> {
    let task = arguments.task.as_deref().map_or(Ok(configured.task), str::parse)?;
    Ok(PredictionsConfig {
        task,
        label: arguments.label.clone().unwrap_or(configured.label),
        score: arguments.score.clone().unwrap_or(configured.score),
        champion: arguments.champion.clone().unwrap_or(configured.champion),
        positive: arguments.positive.clone().or(configured.positive),
        threshold: arguments.threshold.unwrap_or(configured.threshold),
        ..configured
    })
}

fn render(outcome: &EvaluateOutcome) -> Outcome {
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
    let json = json!({
        "metrics": metrics,
        "intervals": intervals,
        "difference": difference,
        "undefined": undefined,
        "rows": outcome.rows,
    });
    let head = ["METRIC", "VALUE", "95 % INTERVAL", "AGAINST THE CHAMPION"];
    Outcome::done(json, format!("{} rows\n{}", outcome.rows, table(&head, &rows)))
}

fn span(interval: Option<Interval>) -> String {
    interval.map(|i| format!("[{:.5}, {:.5}]", i.low, i.high)).unwrap_or_default()
}
