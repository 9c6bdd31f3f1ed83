//! The manifest of the extension that carries all tasks.

use serde_json::{Value, json};

use super::spec::Spec;
use super::task::{folder, task_name};
use super::{Files, pretty};
use crate::process::Result;

/// `vss-extension.json`.
pub fn files(spec: &Spec) -> Result<Files> {
    let tasks: Vec<String> = spec
        .steps()
        .map(|verb| task_name(&verb.name))
        .chain(["OuterloopInstaller".to_owned()])
        .collect();
    Ok(Files::from([("tasks/vss-extension.json".to_owned(), pretty(&manifest(&tasks))?)]))
}

fn manifest(tasks: &[String]) -> Value {
    let mut files: Vec<Value> = tasks.iter().map(|task| json!({"path": task})).collect();
    // One folder goes into every task, since an installed task stands alone. The binaries of the
    // installer are added when a release is packed.
    files.extend(tasks.iter().map(|task| json!({"path": "shim", "packagePath": folder(task)})));
    let contributions: Vec<Value> = tasks
        .iter()
        .map(|task| {
            json!({
                "id": task.replace("Outerloop", "outerloop-").to_lowercase(),
                "type": "ms.vss-distributed-task.task",
                "targets": ["ms.vss-distributed-task.tasks"],
                "properties": {"name": task},
            })
        })
        .collect();
    json!({
        "manifestVersion": 1,
        "id": "outerloop",
        "publisher": "acme",
        "version": env!("CARGO_PKG_VERSION"),
        "name": "Outerloop",
        "description": "The outer loop of MLOps as tasks: package, register, validate, promote, \
                        deploy, monitor and retrain models",
        "public": false,
        "categories": ["Azure Pipelines"],
        "tags": ["mlops", "machine learning", "model registry", "drift"],
        "targets": [{"id": "Microsoft.VisualStudio.Services"}],
        "content": {"details": {"path": "overview.md"}},
        "files": files,
        "contributions": contributions,
    })
}
