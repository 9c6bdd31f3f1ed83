//! `outerloop validate`

use std::path::{Path, PathBuf};

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::config::Config;
use outerloop_core::domain::address::Address;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::fetched::Fetched;
use outerloop_core::domain::reference::ModelRef;
use outerloop_core::domain::verdict::Verdict;
use outerloop_core::files::place::{self, Mode};
use outerloop_core::ports::host::PullRequest;
use outerloop_core::ports::store::{ArtifactStore, Document};
use outerloop_core::report::validate::{comment, explained, explanation};
use outerloop_core::steps::validate::announce::{self, Audience};
use outerloop_core::steps::validate::pinned::{Pinned, pinned};
use outerloop_core::steps::validate::{
    self, Announcement, Backends, ValidateInput, ValidateOutcome, Validation, VerifyInput,
};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::forge;
use crate::output::Outcome;
use crate::pins;
use crate::progress::Rows;
use crate::verify;

/// Arguments of `validate`.
#[derive(Args)]
pub struct Arguments {
    #[arg(
        value_name = "REF",
        required_unless_present_any = ["pinned", "verify"],
        conflicts_with = "pinned"
    )]
    reference: Option<String>,
    #[arg(long)]
    pinned: bool,
    #[arg(long, value_name = "REF")]
    against: Option<String>,
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    champion_predictions: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[arg(long)]
    explain: bool,
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["reference", "pinned", "against", "report"]
    )]
    verify: Option<PathBuf>,
}

/// Keeps verdict and report beside the package, where the store can. The verdict is in the history
/// all the same: a failure is told and changes nothing.
fn attach(outcome: &ValidateOutcome, store: &dyn ArtifactStore, context: &Context) {
    if !store.capabilities().documents {
        return;
    }
    let found = &outcome.validation;
    let attached = found.verdict_file.to_bytes().and_then(|verdict| {
        let package = &found.challenger.digest;
        let json = "application/json";
        store.attach(package, Document { kind: "verdict", media_type: json, bytes: &verdict })?;
        let html = outcome.html.as_bytes();
        store.attach(package, Document { kind: "report", media_type: "text/html", bytes: html })
    });
    if let Err(error) = attached {
        context.say(&format!("warning: the verdict is not attached to the package: {error}"));
    }
}

/// Runs the verb.
pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let configured = &context.config()?.predictions;
    let predictions =
        || context.predictions(arguments.predictions.as_deref(), configured.path.as_deref());
    let champion_predictions = || {
        let given = arguments.champion_predictions.as_deref();
        context.predictions(given, configured.champion_path.as_deref())
    };
    let given = arguments.predictions.is_some() || arguments.champion_predictions.is_some();
    let data = || context.predictions(None, configured.data.as_deref().filter(|_| !given));
    if let Some(file) = &arguments.verify {
        let input = VerifyInput {
            file: context.path(file),
            predictions: predictions()?,
            champion_predictions: champion_predictions()?,
            data: data()?,
            fetched: Fetched::default(),
        };
        let config = with_data(context)?;
        return verify::run(&VerifyInput { fetched: context.fetched(), ..input }, &config, context);
    }
    let pull_request = context.host().pull_request()?;
    let registry = context.registry()?;
    let reference = match &arguments.reference {
        Some(text) => context.reference(text)?,
        None => {
            let (pins, model) = pins::load(context)?;
            match pinned(&pins, &model, registry.as_ref())? {
                Pinned::Challenger(record) => ModelRef::version(&record.model, &record.version),
                Pinned::Unchanged(told) => return unchanged(*told, pull_request.as_ref(), context),
            }
        }
    };
    let input = ValidateInput {
        reference,
        against: arguments.against.as_deref().map(|r| context.reference(r)).transpose()?,
        predictions: predictions()?,
        champion_predictions: champion_predictions()?,
        data: data()?,
        fetched: Fetched::default(),
        origin: context.origin(),
    };
    let store = context.store()?;
    let (scorer, programs) = (factory::scorer(), factory::programs());
    let rows = Rows::new(context.host());
    let backends = Backends {
        registry: registry.as_ref(),
        store: store.as_ref(),
        scorer: scorer.as_ref(),
        programs: programs.as_ref(),
        progress: &|done, all| rows.tell(done, all),
    };
    let config = with_data(context)?;
    let input = ValidateInput { fetched: context.fetched(), ..input };
    let outcome = validate::run(&input, &backends, &config)?;
    let found = &outcome.validation;
    let name = format!("{}-{}-validation", found.challenger.model, found.challenger.version);
    let report = context.write_report(arguments.report.as_deref(), &name, &outcome.html)?;
    let verdict_file = Path::new(&report).with_extension("verdict.json");
    place::write(&verdict_file, &found.verdict_file.to_bytes()?, Mode::Ordinary)?;
    attach(&outcome, store.as_ref(), context);
    let verdict_file = verdict_file.display().to_string();
    context.summary(&outcome.markdown, Some(&report))?;
    let told = Announcement {
        report: Some(context.shown(&report).to_owned()),
        run: context.host().run_url(),
        ..Announcement::of(found)
    };
    let explanation = explanation(found);
    let mut answer = Outcome {
        json: json!({
            "verdict": found.verdict,
            "gates": found.findings,
            "report": report,
            "comment": null,
            "explanation": explanation,
            "verdict-file": verdict_file,
            "verified": null,
            "differences": [],
        }),
        text: match arguments.explain {
            true => format!("{explanation}\n\nreport: {}", context.shown(&report)),
            false => text(found, context.shown(&report)),
        },
        exit: Exit::from(found.verdict),
    };
    let comment = Path::new(&report).with_extension("comment.json");
    tell(&told, pull_request.as_ref(), &comment, context, &mut answer)?;
    Ok(answer)
}

/// The configuration with the files of `leakage` on this machine.
fn with_data(context: &Context) -> Result<Config> {
    let mut config = context.config()?.clone();
    if let Some(leakage) = &mut config.gates.leakage {
        for path in leakage.train.iter_mut().chain(&mut leakage.test) {
            if Address::of(path)?.is_some() {
                *path = context.data(path)?;
            }
        }
    }
    Ok(config)
}

/// The answer for a pin that changes nothing: nothing was judged, and there is no report.
fn unchanged(
    told: Announcement,
    pull_request: Option<&PullRequest>,
    context: &Context,
) -> Result<Outcome> {
    let told = Announcement { run: context.host().run_url(), ..told };
    context.summary(&comment(&told, context.host().summary_limit()), None)?;
    let mut outcome = Outcome::done(
        json!({
            "verdict": told.verdict,
            "gates": told.findings,
            "report": null,
            "comment": null,
            "explanation": explained("The pin asks for nothing new.", &told.findings),
            "verdict-file": null,
            "verified": null,
            "differences": [],
        }),
        told.findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n"),
    );
    let name = format!("{}-{}-validation.comment.json", told.model, told.version);
    let file = context.config()?.root.join(".outerloop/reports").join(name);
    tell(&told, pull_request, &file, context, &mut outcome)?;
    Ok(outcome)
}

/// Tells of the validation in the pull request, and leaves the facts of the comment in `file` for
/// a workflow that may post it. A server that fails is said after everything else, and nothing of
/// the outcome is lost.
fn tell(
    told: &Announcement,
    pull_request: Option<&PullRequest>,
    file: &Path,
    context: &Context,
    outcome: &mut Outcome,
) -> Result<()> {
    let (config, host) = (context.config()?, context.host());
    if pull_request.is_some() {
        if let Some(folder) = file.parent() {
            place::make_folder(folder)?;
        }
        place::write(file, told.to_json()?.as_bytes(), Mode::Ordinary)?;
        outcome.json["comment"] = json!(file.display().to_string());
    }
    let annotations = announce::annotations(&told.findings, config);
    let announced = forge::or_why(context).and_then(|forge| {
        let audience = Audience {
            host: host.as_ref(),
            forge: forge.as_deref().map_err(String::as_str),
            pull_request,
            settings: &config.pull_request,
            annotations: &annotations,
        };
        announce::run(told, &audience)
    });
    if let Err(e) = announced {
        forge::failed(&e, context, outcome);
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
