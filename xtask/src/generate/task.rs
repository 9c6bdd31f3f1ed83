//! One task of Azure Pipelines a verb, and the installer.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::action::described;
use super::spec::{Input, Output, Spec, Verb, camel_case, capital, title};
use super::{Files, pretty};
use crate::process::Result;

/// The oldest agent that knows the handler `Node20_1`.
const MINIMUM_AGENT: &str = "4.248.0";

/// Every `task.json`.
pub fn files(spec: &Spec) -> Result<Files> {
    let mut files = Files::new();
    for verb in spec.steps() {
        let name = task_name(&verb.name);
        files.insert(path(&name), pretty(&of_verb(spec, verb)?)?);
    }
    files.insert(path("OuterloopInstaller"), pretty(&installer()?)?);
    Ok(files)
}

/// The name of a verb's task.
pub fn task_name(verb: &str) -> String {
    format!("Outerloop{}", capital(verb))
}

/// The folder of a task, below `tasks/`: the major version is part of it.
pub fn folder(name: &str) -> String {
    format!("{name}/{name}V{}", env!("CARGO_PKG_VERSION_MAJOR"))
}

fn path(name: &str) -> String {
    format!("tasks/{}/task.json", folder(name))
}

fn of_verb(spec: &Spec, verb: &Verb) -> Result<Value> {
    let none = Vec::new();
    let login = if verb.cloud { &spec.azure_login } else { &none };
    let inputs: Vec<Value> =
        verb.inputs.iter().chain(&spec.common).chain(login).map(input).collect();
    let outputs: Vec<&Output> = verb.outputs.iter().chain(&spec.outputs).collect();
    let shown = format!("Outerloop: {}", verb.name);
    let instance = format!("outerloop {}", verb.name);
    let help = format!("{}. {}", verb.about, verb.notes.replace('\n', " "));
    manifest(&task_name(&verb.name), &shown, &instance, help.trim(), inputs, &outputs)
}

fn installer() -> Result<Value> {
    let about = "Put the outerloop binary into the agent's tool cache, for the tasks that follow.";
    let base = Input {
        name: "download-base".to_owned(),
        kind: "text".to_owned(),
        words: Vec::new(),
        required: false,
        positional: false,
        help: "Address of a folder with the release's archives, for platforms whose binary the \
               extension does not carry"
            .to_owned(),
    };
    let outputs = [
        Output {
            name: "version".to_owned(),
            help: "Version of the binary".to_owned(),
            json: false,
        },
        Output { name: "path".to_owned(), help: "Path of the binary".to_owned(), json: false },
    ];
    let mut task = manifest(
        "OuterloopInstaller",
        "Outerloop: install",
        "Install outerloop",
        about,
        vec![input(&base)],
        &outputs.iter().collect::<Vec<_>>(),
    )?;
    // `path` is the binary's; the folder goes onto PATH, which the agent holds to the same list.
    let allowed = &mut task["restrictions"]["settableVariables"]["allowed"];
    *allowed = json!(["version", "path", "PATH"]);
    task["restrictions"]["commands"] = json!({"mode": "restricted"});
    Ok(task)
}

fn manifest(
    name: &str,
    shown: &str,
    instance: &str,
    about: &str,
    inputs: Vec<Value>,
    outputs: &[&Output],
) -> Result<Value> {
    let allowed: Vec<String> = outputs.iter().map(|output| camel_case(&output.name)).collect();
    let described: Vec<Value> = outputs
        .iter()
        .map(|o| json!({"name": camel_case(&o.name), "description": described(o)}))
        .collect();
    Ok(json!({
        "id": stable_id(name),
        "name": name,
        "friendlyName": shown,
        "description": about.split(". ").next().unwrap_or(about).trim_end_matches('.'),
        "helpMarkDown": about,
        "category": "Deploy",
        "author": "acme",
        "version": {
            "Major": number(env!("CARGO_PKG_VERSION_MAJOR"))?,
            "Minor": number(env!("CARGO_PKG_VERSION_MINOR"))?,
            "Patch": number(env!("CARGO_PKG_VERSION_PATCH"))?,
        },
        "minimumAgentVersion": MINIMUM_AGENT,
        "instanceNameFormat": instance,
        "inputs": inputs,
        "outputVariables": described,
        "execution": {
            "Node20_1": {"target": "index.js"},
            "Node24": {"target": "index.js"},
        },
        "restrictions": {"settableVariables": {"allowed": allowed}},
    }))
}

fn number(part: &str) -> Result<u64> {
    part.parse().map_err(|e| format!("version `{part}`: {e}"))
}

fn input(input: &Input) -> Value {
    // An empty `filePath` arrives as the root of the checkout: paths are plain text.
    let kind = match input.kind.as_str() {
        _ if input.name == "azure-subscription" => "connectedService:AzureRM",
        "flag" => "boolean",
        "list" => "multiLine",
        "choice" => "pickList",
        _ => "string",
    };
    let mut value = json!({
        "name": camel_case(&input.name),
        "type": kind,
        "label": title(&input.name),
        "required": input.required,
        "helpMarkDown": input.help,
    });
    if !input.words.is_empty() {
        let words: serde_json::Map<String, Value> =
            input.words.iter().map(|word| (word.clone(), json!(word))).collect();
        value["options"] = Value::Object(words);
    }
    value
}

/// A UUID that follows from the name, so that it never changes (as RFC 9562 describes version 8: a
/// hash of our own choice).
fn stable_id(name: &str) -> String {
    let hash = Sha256::digest(format!("outerloop azure-pipelines task {name}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
