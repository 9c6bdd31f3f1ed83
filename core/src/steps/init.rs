//! `init`: a commented `outerloop.yaml` to begin with.

use std::io::Write as _;
use std::path::Path;

use crate::config::load::FILE_NAME;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;

/// Writes `outerloop.yaml` into `folder`, unless it is there, and gives the files written.
///
/// # Errors
/// A name that cannot be used; a folder that cannot be written.
pub fn run(folder: &Path, name: Option<&str>) -> Result<Vec<String>> {
    let file = folder.join(FILE_NAME);
    let name = match name {
        Some(name) => name.parse::<ModelName>()?.to_string(),
        None => name_of(folder),
    };
    if file.exists() {
        return Ok(Vec::new());
    }
    let failed = |e: std::io::Error| Error::io("write", &file, e);
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    temporary.write_all(template(&name).as_bytes()).map_err(failed)?;
    temporary.persist_noclobber(&file).map_err(|e| failed(e.error))?;
    Ok(vec![file.display().to_string()])
}

/// A model name made from the folder's.
fn name_of(folder: &Path) -> String {
    let raw = folder.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let clean: String =
        raw.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let trimmed = clean.trim_matches('-').to_owned();
    if trimmed.parse::<ModelName>().is_ok() { trimmed } else { "model".to_owned() }
}

fn template(name: &str) -> String {
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
  # absolute:
  #   - {{metric: roc-auc, min: 0.85}}
  # non-inferiority:
  #   - {{metric: roc-auc, margin: 0.01}}
  signature: {{}}
  size: {{max: 500MB}}

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
#   command: [python, train.py]
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_loads_and_is_never_overwritten() -> Result<()> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(run(folder.path(), Some("acme"))?.len(), 1);
        let config = crate::config::load_from(&folder.path().join(FILE_NAME))?;
        assert_eq!(config.require_model()?.as_str(), "acme");
        assert!(run(folder.path(), Some("other"))?.is_empty());
        assert_eq!(
            crate::config::load_from(&folder.path().join(FILE_NAME))?.require_model()?.as_str(),
            "acme"
        );
        Ok(())
    }

    #[test]
    fn a_name_is_made_from_the_folder() {
        assert_eq!(name_of(Path::new("/x/My Models")), "my-models");
        assert_eq!(name_of(Path::new("/")), "model");
    }
}
