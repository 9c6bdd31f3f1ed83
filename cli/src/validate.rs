//! `outerloop validate`

use std::path::{Path, PathBuf};

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::verdict::Verdict;
use outerloop_core::files::place::{self, Mode};
use outerloop_core::ports::host::PullRequest;
use outerloop_core::steps::validate::announce::{self, Audience};
use outerloop_core::steps::validate::{self, Announcement, ValidateInput, Validation};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Outcome};

/// Arguments of `validate`.
#[derive(Args)]
#[command(after_help = "Without --against, the challenger is compared with the champion, where \
there is one. Gates are described in docs/gates.md.\n\nExample:\n  outerloop validate acme@1.2.0 --predictions predictions.parquet")]
pub struct Arguments {
    /// The challenger: name@version, name@alias or name@sha256:…
    #[arg(value_name = "REF")]
    reference: String,
    /// What to compare it with [default: the alias champion]
    #[arg(long, value_name = "REF")]
    against: Option<String>,
    /// Scores on held-out rows: Parquet, CSV or JSONL [default: predictions.path]
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Where the HTML report is written [default: .outerloop/reports/…]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let config = context.config()?;
    let pull_request = context.host().pull_request()?;
    let input = ValidateInput {
        reference: context.reference(&arguments.reference)?,
        against: arguments.against.as_deref().map(|r| context.reference(r)).transpose()?,
        predictions: arguments.predictions.as_deref().map(|p| context.path(p)),
        origin: context.origin(),
    };
    let (registry, store) = (context.registry()?, context.store()?);
    let outcome = validate::run(&input, registry.as_ref(), store.as_ref(), config)?;
    let found = &outcome.validation;
    let name = format!("{}-{}-validation", found.challenger.model, found.challenger.version);
    let report = context.write_report(arguments.report.as_deref(), &name, &outcome.html)?;
    context.summary(&outcome.markdown, Some(&report))?;
    let told = Announcement {
        report: Some(context.shown(&report).to_owned()),
        run: context.host().run_url(),
        ..Announcement::of(found)
    };
    let text = text(found, context.shown(&report));
    let mut outcome = Outcome {
        json: json!({
            "verdict": found.verdict,
            "gates": found.findings,
            "report": report,
            "comment": null,
        }),
        text,
        exit: Exit::from(found.verdict),
    };
    if let Some(pull_request) = &pull_request {
        let file = comment_file(&report, &told)?;
        outcome.json["comment"] = json!(file);
        tell(&told, Some(pull_request), context, &mut outcome)?;
    } else {
        tell(&told, None, context, &mut outcome)?;
    }
    Ok(outcome)
}

/// Writes the facts of the comment beside the report, for a workflow that may post it.
fn comment_file(report: &str, told: &Announcement) -> Result<String> {
    let file = Path::new(report).with_extension("comment.json");
    place::write(&file, told.to_json()?.as_bytes(), Mode::Ordinary)?;
    Ok(file.display().to_string())
}

/// Tells of the validation in the pull request. A server that fails is said after everything else,
/// and nothing of the outcome is lost.
fn tell(
    told: &Announcement,
    pull_request: Option<&PullRequest>,
    context: &Context,
    outcome: &mut Outcome,
) -> Result<()> {
    let (config, host) = (context.config()?, context.host());
    let annotations = announce::annotations(&told.findings, config);
    let announced = factory::forge(host).and_then(|forge| {
        let audience = Audience {
            host: host.as_ref(),
            forge: forge.as_deref(),
            pull_request,
            settings: &config.pull_request,
            annotations: &annotations,
        };
        announce::run(told, &audience)
    });
    if let Err(e) = announced {
        output::error(host.as_ref(), &e);
        outcome.exit = Exit::from(e.kind());
    }
    Ok(())
}

/// The verdict as a person would say it.
fn text(found: &Validation, report: &str) -> String {
    let challenger = &found.challenger;
    let against = match &found.champion {
        Some(champion) => format!(" against {}", champion.version),
        None => String::new(),
    };
    let head = format!("{}@{}{against}: {}", challenger.model, challenger.version, found.verdict);
    let lines = found.findings.iter().map(|finding| {
        let hint = match (&finding.hint, finding.verdict) {
            (Some(hint), verdict) if verdict != Verdict::Pass => {
                format!("\n{:16}hint: {hint}", "")
            }
            _ => String::new(),
        };
        format!("  {:<12}  {}: {}{hint}", finding.verdict.as_str(), finding.gate, finding.message)
    });
    let lines: Vec<String> = lines.collect();
    format!("{head}\n{}\nreport: {report}", lines.join("\n"))
}
