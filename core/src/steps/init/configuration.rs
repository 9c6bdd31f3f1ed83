//! The commented `outerloop.yaml` to begin with.

use std::path::Path;

use crate::domain::name::ModelName;

/// A model name made from the folder's.
pub(super) fn name_of(folder: &Path) -> String {
    let raw = folder.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let clean: String =
        raw.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let trimmed = clean.trim_matches('-').to_owned();
    if trimmed.parse::<ModelName>().is_ok() { trimmed } else { "model".to_owned() }
}

/// The file's text. `training` is the line that says what trains.
pub(super) fn template(name: &str, training: &str) -> String {
    format!(
        "# The outer loop of one model. Unknown keys are refused, with a suggestion.
model: {name}

package:
  path: build/model.onnx          # the model's file or folder
  # metrics: build/metrics.json   # what training measured
  # baseline:                     # what production data is compared with
  #   path: build/baseline.parquet
  #   prediction: prediction
  #   label: label

# What a challenger must show before it may be promoted.
gates:
  # absolute:                     # good enough at all
  #   - {{metric: roc-auc, min: 0.85}}
  # non-inferiority:              # no worse than what is served
  #   - {{metric: roc-auc, margin: 0.01}}
  # slices:                       # in no group of rows
  #   - {{metric: roc-auc, max-loss: 0.03, unclear: warn}}
  # calibration:
  #   - {{measure: ece, max: 0.05}}
  # churn: {{max: 0.1, max-negative: 0.03}}
  signature: {{}}
  size: {{max: 500MB}}
  digest: {{}}

# predictions:                    # scores on held-out rows, for the gates
#   path: build/predictions.parquet
#   label: label
#   score: score
#   champion: champion

# endpoints:
#   prod:
#     rollout: {{mirror: 50, steps: [10, 50, 100], bake: 30s, min-requests: 100}}

# retrain:
#   when:
#     drift: {{breaches: 2}}
#   cooldown: 1d
#   budget: {{max: 4, per: 30d}}
#   {training}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_from_the_folder() {
        assert_eq!(name_of(Path::new("/x/My Models")), "my-models");
        assert_eq!(name_of(Path::new("/")), "model");
    }
}
