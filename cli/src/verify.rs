//! `outerloop validate --verify`

use outerloop_core::adapters::factory;
use outerloop_core::config::Config;
use outerloop_core::domain::error::Result;
use outerloop_core::report::validate::explained;
use outerloop_core::steps::validate::{self, Backends, Verification, VerifyInput};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Outcome;
use crate::progress::Rows;

/// Judges again what a verdict file tells of, and says what differs. Nothing is recorded or announced.
pub fn run(input: &VerifyInput, config: &Config, context: &Context) -> Result<Outcome> {
    let (registry, store) = (context.registry()?, context.store()?);
    let (scorer, programs) = (factory::scorer(), factory::programs());
    let rows = Rows::new(context.host());
    let backends = Backends {
        registry: registry.as_ref(),
        store: store.as_ref(),
        scorer: scorer.as_ref(),
        programs: programs.as_ref(),
        progress: &|done, all| rows.tell(done, all),
    };
    let found = validate::verify(input, &backends, config)?;
    let verified = found.differences.is_empty();
    Ok(Outcome {
        json: json!({
            "verdict": found.found.verdict,
            "gates": found.found.findings,
            "report": null,
            "comment": null,
            "explanation": explained(&text(&found), &found.found.findings),
            "verdict-file": input.file.display().to_string(),
            "verified": verified,
            "differences": found.differences,
        }),
        text: text(&found),
        exit: if verified { Exit::Done } else { Exit::No },
    })
}

fn text(found: &Verification) -> String {
    let recorded = &found.recorded;
    let name = format!("{}@{}", recorded.model, recorded.challenger.version);
    let Some((first, rest)) = found.differences.split_first() else {
        let digest = recorded.digest.map(|d| d.to_string()).unwrap_or_default();
        return format!("{name}: {}, found again to the last byte\n{digest}", recorded.verdict);
    };
    let mut out = format!("{name}: not what was found before\nfirst difference: {first}\n");
    rest.iter().for_each(|difference| out.push_str(&format!("  {difference}\n")));
    out
}
