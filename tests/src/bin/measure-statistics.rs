//! One statistic of a predictions file with the columns `label`, `challenger` and `champion`, for
//! benchmarks; prints it.
//!
//!     measure-statistics metrics FILE
//!     measure-statistics bootstrap FILE RESAMPLES
//!     measure-statistics delong FILE

use outerloop_core::config::valid::PredictionsConfig;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::gates::Predictions;
use outerloop_core::stats::bootstrap::{Options, paired_difference};
use outerloop_core::stats::{Metric, delong, measure_all};
use outerloop_core::steps::predictions::{Files, load};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["metrics", file] => metrics(&read(file, false)?),
        ["bootstrap", file, resamples] => {
            let count = |e| Error::usage(format!("{resamples}: {e}"));
            bootstrap(&read(file, true)?, resamples.parse().map_err(count)?)
        }
        ["delong", file] => compare(&read(file, true)?),
        _ => Err(Error::usage("expected: measure-statistics metrics|bootstrap|delong FILE")),
    }
}

fn read(file: &str, paired: bool) -> Result<Predictions> {
    let columns = PredictionsConfig {
        label: "label".into(),
        score: "challenger".into(),
        champion: if paired { "champion" } else { "none" }.into(),
        ..PredictionsConfig::default()
    };
    load(&Files { challenger: file.into(), ..Files::default() }, &columns, &[])
}

fn metrics(predictions: &Predictions) -> Result<()> {
    let metrics = [
        Metric::ROC_AUC,
        Metric::AVERAGE_PRECISION,
        Metric::LOG_LOSS,
        Metric::F1,
        Metric::BRIER,
        Metric::ECE,
    ];
    for (metric, value) in measure_all(metrics, predictions.challenger())? {
        println!("{metric} {}", value?);
    }
    Ok(())
}

fn bootstrap(predictions: &Predictions, resamples: usize) -> Result<()> {
    let options = Options { resamples, ..Options::default() };
    let (ours, theirs) = (predictions.challenger(), champion(predictions)?);
    let found = paired_difference(Metric::ROC_AUC, ours, theirs, &options)?;
    println!("{} ± {}", found.difference, found.standard_error);
    Ok(())
}

fn compare(predictions: &Predictions) -> Result<()> {
    let theirs = champion(predictions)?.scores;
    let found = delong::paired(&predictions.labels, &predictions.challenger.values, theirs)?;
    println!("{} ± {}", found.difference, found.standard_error);
    Ok(())
}

fn champion(predictions: &Predictions) -> Result<outerloop_core::stats::Sample<'_>> {
    predictions.champion().ok_or_else(|| Error::input("there is no column `champion`"))
}
