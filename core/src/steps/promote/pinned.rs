//! Moves aliases to where the pins file says they should point.

use super::pins::{Pin, Pins};
use super::run::{PromoteInput, Promoted, run};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::ports::registry::{Origin, Registry};

/// Moves each pinned alias of `model`. What points there already is left alone, so that it can be
/// asked again at any time.
///
/// # Errors
/// A pin that cannot be followed, by its line; then nothing was moved.
pub fn apply(
    pins: &Pins,
    model: &ModelName,
    origin: &Origin,
    registry: &dyn Registry,
) -> Result<Vec<Promoted>> {
    let wanted = pins.of(model)?;
    for pin in &wanted {
        let record = resolve(pins, pin, registry)?;
        refuse_archived(&record).map_err(|e| e.during(pins.at(pin.line)))?;
    }
    wanted.into_iter().map(|pin| promote(pins, pin, origin, registry)).collect()
}

/// The version that a pin names.
///
/// # Errors
/// There is none, by the pin's line.
pub fn resolve(pins: &Pins, pin: &Pin, registry: &dyn Registry) -> Result<VersionRecord> {
    let reference = ModelRef::version(&pin.model, &pin.version);
    registry.resolve(&reference).map_err(|e| e.during(pins.at(pin.line)))
}

fn promote(pins: &Pins, pin: &Pin, origin: &Origin, registry: &dyn Registry) -> Result<Promoted> {
    let input = PromoteInput {
        reference: ModelRef::version(&pin.model, &pin.version),
        alias: pin.alias.clone(),
        expect: None,
        origin: origin.clone(),
    };
    run(&input, registry).map_err(|e| e.during(pins.at(pin.line)))
}

/// The error for a version that was put away.
pub(super) fn refuse_archived(record: &VersionRecord) -> Result<()> {
    if !record.archived {
        return Ok(());
    }
    Err(Error::usage(format!("`{}@{}` is archived", record.model, record.version))
        .hint("take it out again with `outerloop restore`, or choose another version"))
}
