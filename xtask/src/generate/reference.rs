//! The reference pages: each verb with its inputs and outputs, and every key of the configuration.

use serde_json::Value;

use super::spec::{Input, Output, Spec, Verb, camel_case};
use super::task::task_name;
use super::{Files, GENERATED};
use crate::process::Result;

/// Both pages.
pub fn files(spec: &Spec, schema: &Value) -> Result<Files> {
    Ok(Files::from([
        ("docs/reference/steps.md".to_owned(), steps(spec)),
        ("docs/reference/configuration.md".to_owned(), configuration(schema)?),
    ]))
}

fn steps(spec: &Spec) -> String {
    let mut out = format!(
        "<!-- {GENERATED} from core/src/spec. -->\n# Steps\n\n\
         Every verb that is a step, with its inputs and outputs. On GitHub a step is `uses: \
         acme/outerloop/actions/VERB@v1` with kebab-case names (or `uses: acme/outerloop@v1` with \
         `command: VERB`); on Azure Pipelines it is a task with camelCase names; on the command \
         line an input is a flag, or stands without one where the table says so. Defaults are those \
         of the binary, and `outerloop.yaml` goes over them.\n\n## Every step\n\n"
    );
    out.push_str(&inputs(&spec.common));
    out.push_str("\nOn GitHub also:\n\n");
    out.push_str(&inputs(&spec.github));
    out.push('\n');
    out.push_str(&outputs(&spec.outputs));
    for verb in spec.steps() {
        out.push_str(&section(spec, verb));
    }
    out
}

fn section(spec: &Spec, verb: &Verb) -> String {
    let name = &verb.name;
    let mut out = format!(
        "\n## {name}\n\n{}. Action `actions/{name}`, task `{}@{}`.\n",
        verb.about,
        task_name(name),
        env!("CARGO_PKG_VERSION_MAJOR"),
    );
    if !verb.notes.is_empty() {
        let text = verb.notes.split("\n\nExample:").next().unwrap_or_default();
        out.push_str(&format!("\n{text}\n"));
    }
    if !verb.inputs.is_empty() {
        out.push_str(&format!("\n{}", inputs(&verb.inputs)));
    }
    if verb.cloud {
        out.push_str(&format!("\nOn Azure Pipelines also:\n\n{}", inputs(&spec.azure_login)));
    }
    out.push_str(&format!("\n{}", outputs(&verb.outputs)));
    out
}

fn inputs(inputs: &[Input]) -> String {
    let mut out = "| Input | On Azure Pipelines | Kind | |\n| --- | --- | --- | --- |\n".to_owned();
    for input in inputs {
        let kind = match input.kind.as_str() {
            "choice" => input.words.join(", "),
            "list" => "list, one a line".to_owned(),
            "flag" => "true or false".to_owned(),
            other => other.to_owned(),
        };
        let required = if input.required { "**required**; " } else { "" };
        let positional = if input.positional { " (no flag on the command line)" } else { "" };
        out.push_str(&format!(
            "| `{}` | `{}` | {required}{kind} | {}{positional} |\n",
            input.name,
            camel_case(&input.name),
            cell(&input.help)
        ));
    }
    out
}

fn outputs(outputs: &[Output]) -> String {
    let mut out = "| Output | On Azure Pipelines | |\n| --- | --- | --- |\n".to_owned();
    for output in outputs {
        let json = if output.json { " (JSON)" } else { "" };
        out.push_str(&format!(
            "| `{}` | `{}` | {}{json} |\n",
            output.name,
            camel_case(&output.name),
            cell(&output.help)
        ));
    }
    out
}

fn configuration(schema: &Value) -> Result<String> {
    let mut out = format!(
        "<!-- {GENERATED} from core/src/config. -->\n# Every key of outerloop.yaml\n\n\
         The same as JSON schema: [outerloop.schema.json](../outerloop.schema.json) (also printed by \
         `outerloop schema`); `# yaml-language-server: $schema=…` at the top of the file makes an \
         editor use it. What the keys are for, with their defaults: \
         [configuration.md](../configuration.md).\n\n| Key | Kind | |\n| --- | --- | --- |\n"
    );
    let mut rows = Vec::new();
    walk(schema, schema, "", 0, &mut rows)?;
    for (key, kind, help) in rows {
        out.push_str(&format!("| `{key}` | {kind} | {} |\n", cell(&help)));
    }
    Ok(out)
}

type Row = (String, String, String);

fn walk(root: &Value, node: &Value, path: &str, depth: u8, rows: &mut Vec<Row>) -> Result<()> {
    if depth > 8 {
        return Err(format!("the schema is too deep at `{path}`"));
    }
    let Some(properties) = node["properties"].as_object() else { return Ok(()) };
    for (name, property) in properties {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let help = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        let (inner, kind) = resolved(root, property);
        rows.push((key.clone(), kind.clone(), help));
        let (below, key) = match kind.as_str() {
            "list" => (resolved(root, &inner["items"]).0, format!("{key}[]")),
            "mapping" if inner["additionalProperties"].is_object() => {
                (resolved(root, &inner["additionalProperties"]).0, format!("{key}.NAME"))
            }
            _ => (inner, key),
        };
        walk(root, &below, &key, depth + 1, rows)?;
    }
    Ok(())
}

/// What a node refers to, and its kind in a word.
fn resolved(root: &Value, node: &Value) -> (Value, String) {
    let choices = ["anyOf", "allOf", "oneOf"].iter().find_map(|key| node[*key].as_array());
    if let Some(inner) = choices.and_then(|all| all.iter().find(|n| n["type"] != "null")) {
        return resolved(root, inner);
    }
    if let Some(name) = node["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).cloned().unwrap_or_default();
        let (inner, kind) = resolved(root, &target);
        let named = name.rsplit('/').next().unwrap_or_default();
        let own = matches!(named, "duration" | "size");
        return (inner, if own { named.to_owned() } else { kind });
    }
    let of = |value: &Value| {
        match value {
            Value::Array(all) => all.iter().find_map(|v| v.as_str().filter(|t| *t != "null")),
            other => other.as_str(),
        }
        .map(str::to_owned)
    };
    let words: Vec<&str> =
        node["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !words.is_empty() {
        return (node.clone(), words.join(", "));
    }
    let kind = match of(&node["type"]).as_deref() {
        Some("string") => "text",
        Some("boolean") => "true or false",
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("array") => "list",
        Some("object") => "mapping",
        _ => "",
    };
    (node.clone(), kind.to_owned())
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
