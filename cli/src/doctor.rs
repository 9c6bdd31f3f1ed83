//! `outerloop doctor`

use clap::Args;
use outerloop_core::adapters::factory;
use outerloop_core::domain::error::Result;
use outerloop_core::steps::doctor::{self, Check, Diagnosis, Status};

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Outcome};

/// Arguments of `doctor`.
#[derive(Args)]
pub struct Arguments {}

/// Runs the verb.
pub fn run(_: &Arguments, context: &Context) -> Result<Outcome> {
    let diagnosis = match context.config() {
        // Nothing else can be asked without it.
        Err(error) => Diagnosis::of(vec![Check::failed("config", &error)]),
        Ok(config) => {
            let file = config.file.as_ref().map_or_else(
                || "no outerloop.yaml: the defaults count".to_owned(),
                |file| format!("{} is sound", file.display()),
            );
            let probes = factory::probes(config, context.host());
            doctor::run(probes, vec![Check::well("config", file)], &mut |_| {})
        }
    };
    let exit = diagnosis.first_failure().map_or(Exit::Done, Exit::from);
    // Something that does not work is no answer of `no`.
    let exit = if exit == Exit::No { Exit::Backend } else { exit };
    Ok(Outcome { json: output::json(&diagnosis)?, text: text(&diagnosis), exit })
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut lines: Vec<String> = Vec::new();
    let width = diagnosis.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    for check in &diagnosis.checks {
        let word = check.status.as_str();
        lines.push(format!("{word:<7}  {:<width$}  {}", check.id, check.message));
        if !check.hint.is_empty() {
            lines.push(format!("{:<7}  {:<width$}  hint: {}", "", "", check.hint));
        }
    }
    let wrong = diagnosis.checks.iter().filter(|check| check.status == Status::Failed).count();
    lines.push(match wrong {
        0 => "everything that is configured works".to_owned(),
        1 => "1 check failed".to_owned(),
        n => format!("{n} checks failed"),
    });
    lines.join("\n")
}
