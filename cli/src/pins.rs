//! The pins file, for the verbs that follow it.

use outerloop_core::domain::error::Result;
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::reference::ModelRef;
use outerloop_core::steps::promote::Pins;

use crate::context::Context;

/// The pins file of the configuration, with the configured model.
pub fn load(context: &Context) -> Result<(Pins, ModelName)> {
    let model = context.model(None)?;
    Ok((Pins::load(&context.config()?.promote.pins)?, model))
}

/// The version that is pinned for the champion.
pub fn champion(context: &Context) -> Result<ModelRef> {
    let (pins, model) = load(context)?;
    Ok(ModelRef::version(&model, &pins.champion(&model)?.version))
}
