//! Which traffic a stage asks for.

use crate::domain::endpoint::{Mirror, Traffic};
use crate::domain::rollout::{Pinned, Plan, Stage};

/// The name of the slot that holds a version.
pub fn slot(pinned: &Pinned) -> String {
    pinned.version.to_string()
}

/// Everything to one version, nothing copied.
pub fn all_to(pinned: &Pinned) -> Traffic {
    Traffic { weights: [(slot(pinned), 100)].into(), mirror: None }
}

/// The stages after the proof, in order. Without a stable version there is nobody to share with:
/// only 100 %.
pub fn stages(plan: &Plan, stable: Option<&Pinned>) -> Vec<Stage> {
    if stable.is_none() {
        return vec![Stage::Weight { percent: 100 }];
    }
    let mirror = (plan.mirror > 0).then_some(Stage::Mirror);
    let weights = plan.steps.iter().map(|percent| Stage::Weight { percent: *percent });
    mirror.into_iter().chain(weights).collect()
}

/// The traffic of a stage.
pub fn during(stage: Stage, plan: &Plan, candidate: &Pinned, stable: Option<&Pinned>) -> Traffic {
    let Some(stable) = stable else { return all_to(candidate) };
    match stage {
        Stage::Prove => all_to(stable),
        Stage::Mirror => Traffic {
            mirror: Some(Mirror { slot: slot(candidate), percent: plan.mirror.clamp(1, 100) }),
            ..all_to(stable)
        },
        Stage::Weight { percent } if percent >= 100 => all_to(candidate),
        Stage::Weight { percent } => Traffic {
            weights: [(slot(stable), 100 - percent), (slot(candidate), percent)].into(),
            mirror: None,
        },
    }
}
