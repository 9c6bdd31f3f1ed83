//! One composite action a verb, and the umbrella action at the root of the repository.

use super::spec::{Input, Output, Spec, Verb};
use super::{Files, GENERATED};

/// Every `action.yml`.
pub fn files(spec: &Spec) -> Files {
    let mut files = Files::new();
    for verb in spec.steps() {
        files.insert(format!("actions/{}/action.yml", verb.name), of_verb(spec, verb));
    }
    files.insert("action.yml".to_owned(), umbrella(spec));
    files
}

fn of_verb(spec: &Spec, verb: &Verb) -> String {
    let inputs: Vec<&Input> = verb.inputs.iter().chain(&spec.common).chain(&spec.github).collect();
    let outputs: Vec<&Output> = verb.outputs.iter().chain(&spec.outputs).collect();
    let run = format!("bash \"${{GITHUB_ACTION_PATH}}/../run.sh\" {}", verb.name);
    manifest(&format!("Outerloop {}", verb.name), &verb.about, &inputs, &outputs, &run)
}

fn umbrella(spec: &Spec) -> String {
    let names: Vec<&str> = spec.steps().map(|verb| verb.name.as_str()).collect();
    let command = Input {
        name: "command".to_owned(),
        kind: "text".to_owned(),
        words: Vec::new(),
        required: true,
        positional: false,
        help: format!("The verb: {}", names.join(", ")),
    };
    let (own, results) = (spec.union_of_inputs(), spec.union_of_outputs());
    let inputs: Vec<&Input> =
        std::iter::once(&command).chain(&own).chain(&spec.common).chain(&spec.github).collect();
    let outputs: Vec<&Output> = results.iter().chain(&spec.outputs).collect();
    let about = "The outer loop of MLOps: package, register, validate, promote, deploy, monitor and \
                 retrain models";
    let run = "bash \"${GITHUB_ACTION_PATH}/actions/run.sh\" \"${INPUT_COMMAND}\"";
    let branding = "branding:\n  icon: refresh-cw\n  color: blue\n";
    let text = manifest("Outerloop", about, &inputs, &outputs, run);
    text.replacen("inputs:\n", &format!("{branding}inputs:\n"), 1)
}

fn manifest(name: &str, about: &str, inputs: &[&Input], outputs: &[&Output], run: &str) -> String {
    let mut out = format!(
        "# {GENERATED} from core/src/spec. Defaults are those of the binary.\n\
         name: {}\ndescription: {}\ninputs:\n",
        quoted(name),
        quoted(about)
    );
    for input in inputs {
        out.push_str(&format!(
            "  {}:\n    description: {}\n    required: {}\n",
            input.name,
            quoted(&input.help),
            input.required
        ));
    }
    out.push_str("outputs:\n");
    for output in outputs {
        out.push_str(&format!(
            "  {0}:\n    description: {1}\n    value: ${{{{ steps.step.outputs.{0} }}}}\n",
            output.name,
            quoted(&described(output))
        ));
    }
    out.push_str("runs:\n  using: composite\n  steps:\n    - id: step\n      shell: bash\n");
    out.push_str(&format!("      run: {run}\n      env:\n"));
    for input in inputs {
        let (key, value) = match input.name.as_str() {
            "token" => {
                ("GITHUB_TOKEN".to_owned(), "${{ inputs.token || github.token }}".to_owned())
            }
            name => (variable(name), format!("${{{{ inputs.{name} }}}}")),
        };
        out.push_str(&format!("        {key}: {value}\n"));
    }
    out.push_str("        OUTERLOOP_ACTION_REPOSITORY: ${{ github.action_repository }}\n");
    out
}

fn variable(name: &str) -> String {
    format!("INPUT_{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// The help of an output; a list or object says that it is JSON.
pub fn described(output: &Output) -> String {
    if output.json { format!("{} (JSON)", output.help) } else { output.help.clone() }
}

/// A YAML scalar in double quotes, which is what JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
