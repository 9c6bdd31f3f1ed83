//! Which version the pins file asks to be judged.

use super::announcement::Announcement;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::record::VersionRecord;
use crate::domain::verdict::{Finding, Verdict};
use crate::ports::registry::Registry;
use crate::steps::promote::{CHAMPION, Pins, resolve};

/// The code of the finding for a pin that changes nothing.
pub const PIN_UNCHANGED: &str = "pin-unchanged";

/// What the pin of the champion asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Pinned {
    /// This version is to become the champion: it must be judged.
    Challenger(Box<VersionRecord>),
    /// It is the champion already. Nothing was judged, so nothing is recorded.
    Unchanged(Box<Announcement>),
}

/// What the pin of the model's champion asks for.
///
/// # Errors
/// No pin of the champion; a pinned version that does not exist, by its line.
pub fn pinned(pins: &Pins, model: &ModelName, registry: &dyn Registry) -> Result<Pinned> {
    let pin = pins.champion(model)?;
    let record = resolve(pins, pin, registry)?;
    let champion = registry.model(model)?.aliases.get(&pin.alias).cloned();
    if champion.as_ref() != Some(&record.version) {
        return Ok(Pinned::Challenger(Box::new(record)));
    }
    let message = format!("the pin changes nothing: {CHAMPION} is {} already", record.version);
    Ok(Pinned::Unchanged(Box::new(Announcement {
        model: record.model,
        version: record.version,
        champion,
        verdict: Verdict::Pass,
        findings: vec![Finding::new("pin", PIN_UNCHANGED, Verdict::Pass, message)],
        more: 0,
        hurt: None,
        report: None,
        run: None,
        from_fork: false,
    })))
}
