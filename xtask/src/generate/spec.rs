//! The description of the verbs, as the binary prints it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::process::Result;

/// Everything that is described.
pub struct Spec {
    /// The verbs, in the order of the outer loop.
    pub verbs: Vec<Verb>,
    /// Inputs of every step.
    pub common: Vec<Input>,
    /// Inputs of every step on GitHub.
    pub github: Vec<Input>,
    /// Inputs of a step that may need a login to Azure, on Azure Pipelines.
    pub azure_login: Vec<Input>,
    /// Outputs of every step.
    pub outputs: Vec<Output>,
}

/// A verb.
pub struct Verb {
    /// The word.
    pub name: String,
    /// What it does.
    pub about: String,
    /// What else to know.
    pub notes: String,
    /// Whether it has an action and a task.
    pub step: bool,
    /// Whether what it starts may need a login to a cloud.
    pub cloud: bool,
    /// What it takes.
    pub inputs: Vec<Input>,
    /// What it gives.
    pub outputs: Vec<Output>,
}

/// An input.
#[derive(Clone)]
pub struct Input {
    /// Kebab-case.
    pub name: String,
    /// `text`, `path`, `flag`, `number`, `list`, `choice`.
    pub kind: String,
    /// The words of a choice.
    pub words: Vec<String>,
    /// The verb cannot do without it.
    pub required: bool,
    /// It stands on the command line without a flag.
    pub positional: bool,
    /// For people.
    pub help: String,
}

/// An output.
#[derive(Clone)]
pub struct Output {
    /// Kebab-case.
    pub name: String,
    /// For people.
    pub help: String,
    /// A list or an object.
    pub json: bool,
}

impl Spec {
    /// Reads what `outerloop spec` printed.
    ///
    /// # Errors
    /// It is something else.
    pub fn read(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|e| format!("the spec: {e}"))?;
        let common = &value["common"];
        let verbs: Vec<Verb> = list(&value["verbs"]).map(verb).collect();
        if verbs.is_empty() {
            return Err("the spec has no verbs".to_owned());
        }
        Ok(Self {
            verbs,
            common: inputs(&common["inputs"]),
            github: inputs(&common["github-inputs"]),
            azure_login: inputs(&common["azure-login"]),
            outputs: outputs(&common["outputs"]),
        })
    }

    /// The verbs that are steps.
    pub fn steps(&self) -> impl Iterator<Item = &Verb> {
        self.verbs.iter().filter(|verb| verb.step)
    }

    /// The inputs of all steps, each once; what each is for is said with its verbs.
    pub fn union_of_inputs(&self) -> Vec<Input> {
        let mut union: BTreeMap<&str, (Input, Vec<&str>)> = BTreeMap::new();
        for verb in self.steps() {
            for input in &verb.inputs {
                let entry = union
                    .entry(&input.name)
                    .or_insert_with(|| (Input { required: false, ..input.clone() }, Vec::new()));
                entry.1.push(&verb.name);
            }
        }
        let described = union.into_values().map(|(input, verbs)| {
            let help = format!("{} (for {})", input.help, verbs.join(", "));
            Input { help, ..input }
        });
        described.collect()
    }

    /// The outputs of all steps, each once.
    pub fn union_of_outputs(&self) -> Vec<Output> {
        let mut union: BTreeMap<&str, Output> = BTreeMap::new();
        for output in self.steps().flat_map(|verb| &verb.outputs) {
            union.entry(&output.name).or_insert_with(|| output.clone());
        }
        union.into_values().collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn verb(value: &Value) -> Verb {
    Verb {
        name: text(&value["name"]),
        about: text(&value["about"]),
        notes: text(&value["notes"]),
        step: value["step"] == true,
        cloud: value["cloud"] == true,
        inputs: inputs(&value["inputs"]),
        outputs: outputs(&value["outputs"]),
    }
}

fn inputs(value: &Value) -> Vec<Input> {
    let read = |value: &Value| {
        let words: Vec<String> = list(&value["kind"]["choice"]).map(text).collect();
        let kind = value["kind"].as_str().unwrap_or("choice").to_owned();
        Input {
            name: text(&value["name"]),
            kind,
            words,
            required: value["required"] == true,
            positional: value["positional"] == true,
            help: text(&value["help"]),
        }
    };
    list(value).map(read).collect()
}

fn outputs(value: &Value) -> Vec<Output> {
    let read = |value: &Value| Output {
        name: text(&value["name"]),
        help: text(&value["help"]),
        json: value["json"] == true,
    };
    list(value).map(read).collect()
}

/// `dry-run` as Azure Pipelines wants it: `dryRun`.
pub fn camel_case(kebab: &str) -> String {
    let mut parts = kebab.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &capital(part))
}

/// `validate` as `Validate`.
pub fn capital(word: &str) -> String {
    let mut rest = word.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

/// `dry-run` as `Dry run`.
pub fn title(kebab: &str) -> String {
    capital(&kebab.replace('-', " "))
}
