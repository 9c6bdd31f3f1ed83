//! The manifests that both CI systems read: every path in them exists, every name is one that the
//! system takes, and both say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use outerloop_core::adapters::host::azure_pipelines::syntax::camel_case;
use outerloop_core::spec;
use outerloop_tests::repository_file;
use serde_json::Value;

fn yaml(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("reads");
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("reads");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every action of the repository: its folder and its manifest.
fn actions() -> BTreeMap<String, (PathBuf, Value)> {
    let root = repository_file("actions");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&root).expect("reads") {
        let folder = entry.expect("reads").path();
        let manifest = folder.join("action.yml");
        if manifest.is_file() {
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            found.insert(name, (folder, yaml(&manifest)));
        }
    }
    let root = repository_file("");
    let manifest = yaml(&root.join("action.yml"));
    found.insert("the umbrella".to_owned(), (root, manifest));
    found
}

/// Every task: its name and its manifest.
fn tasks() -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(repository_file("tasks")).expect("reads") {
        let folder = entry.expect("reads").path();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let manifest = folder.join(format!("{name}V0/task.json"));
        if manifest.is_file() {
            found.insert(name, json(&manifest));
        }
    }
    found
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}

fn names(list: &Value) -> Vec<String> {
    let name = |item: &Value| item["name"].as_str().expect("a name").to_owned();
    list.as_array().into_iter().flatten().map(name).collect()
}

#[test]
fn every_step_has_an_action_and_a_task() {
    let (actions, tasks) = (actions(), tasks());
    for verb in spec::VERBS.iter().filter(|verb| verb.step) {
        assert!(actions.contains_key(verb.name), "no action {}", verb.name);
        let (first, rest) = verb.name.split_at(1);
        let task = format!("Outerloop{}{rest}", first.to_uppercase());
        assert!(tasks.contains_key(&task), "no task {task}");
    }
    let steps = spec::VERBS.iter().filter(|verb| verb.step).count();
    assert_eq!(actions.len(), steps + 2, "an action a step, setup, the umbrella");
    assert_eq!(tasks.len(), steps + 1, "a task a step, the installer");
}

#[test]
fn an_action_is_one_composite_step_whose_script_exists() {
    for (name, (folder, action)) in actions() {
        assert_eq!(action["runs"]["using"], "composite", "{name}");
        let steps = action["runs"]["steps"].as_array().expect("steps");
        assert_eq!(steps.len(), 1, "{name}");
        let run = steps[0]["run"].as_str().expect("a script");
        assert!(!run.contains("${{"), "{name} puts an expression into a script");
        let path = run.split('"').nth(1).expect("a path in quotes");
        let path = path.replace("${GITHUB_ACTION_PATH}", &folder.display().to_string());
        assert!(Path::new(&path).is_file(), "{name}: {path}");
    }
}

#[test]
fn an_input_reaches_the_binary_and_has_no_default() {
    for (name, (_, action)) in actions().into_iter().filter(|(name, _)| name != "setup") {
        let environment = &action["runs"]["steps"][0]["env"];
        for (input, described) in action["inputs"].as_object().expect("inputs") {
            assert!(described.get("default").is_none(), "{name}: {input} has a default");
            let variable = match input.as_str() {
                "token" => "GITHUB_TOKEN".to_owned(),
                other => format!("INPUT_{}", other.to_uppercase().replace('-', "_")),
            };
            let value = environment[&variable].as_str().unwrap_or_default();
            assert!(value.contains(&format!("inputs.{input}")), "{name}: {input} gets lost");
        }
        let step = action["runs"]["steps"][0]["id"].as_str().expect("an id");
        for (output, described) in action["outputs"].as_object().expect("outputs") {
            let expected = format!("${{{{ steps.{step}.outputs.{output} }}}}");
            assert_eq!(described["value"], expected, "{name}");
        }
    }
}

#[test]
fn both_systems_have_the_same_inputs_and_outputs() {
    let tasks = tasks();
    for (name, (_, action)) in actions() {
        let (first, rest) = name.split_at(1);
        let Some(task) = tasks.get(&format!("Outerloop{}{rest}", first.to_uppercase())) else {
            continue;
        };
        let camel = |names: BTreeSet<String>| -> BTreeSet<String> {
            names.iter().map(|name| camel_case(name)).collect()
        };
        let mut github = camel(keys(&action["inputs"]));
        github.remove("token");
        let mut azure: BTreeSet<String> = names(&task["inputs"]).into_iter().collect();
        azure.remove("azureSubscription");
        assert_eq!(github, azure, "inputs of {name}");
        let outputs: BTreeSet<String> = names(&task["outputVariables"]).into_iter().collect();
        assert_eq!(camel(keys(&action["outputs"])), outputs, "outputs of {name}");
    }
}

/// The keys that the schema of `task.json` knows, of those that are used here.
const TASK_KEYS: [&str; 14] = [
    "id",
    "name",
    "friendlyName",
    "description",
    "helpMarkDown",
    "category",
    "author",
    "version",
    "minimumAgentVersion",
    "instanceNameFormat",
    "inputs",
    "outputVariables",
    "execution",
    "restrictions",
];

#[test]
fn a_task_is_one_that_the_server_takes() {
    let word = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric())
    };
    let mut ids = BTreeSet::new();
    for (name, task) in tasks() {
        for key in keys(&task) {
            assert!(TASK_KEYS.contains(&key.as_str()), "{name}: {key}");
        }
        assert_eq!(task["name"], name.as_str());
        assert!(ids.insert(task["id"].to_string()), "{name} has the id of another task");
        assert!(is_uuid(task["id"].as_str().expect("an id")), "{name}");
        let friendly = task["friendlyName"].as_str().expect("a name");
        assert!(friendly.len() <= 40, "{name}: the gallery cuts names at 40");
        for (list, kinds) in [("inputs", true), ("outputVariables", false)] {
            for item in task[list].as_array().expect(list) {
                let own = item["name"].as_str().expect("a name");
                assert!(word(own), "{name}: {own}");
                assert!(item.get("defaultValue").is_none(), "{name}: {own} has a default");
                let kind = item["type"].as_str().unwrap_or_default();
                let known =
                    ["string", "boolean", "multiLine", "pickList", "connectedService:AzureRM"];
                assert!(!kinds || known.contains(&kind), "{name}: {own} is {kind}");
                assert_eq!(kind == "pickList", item.get("options").is_some(), "{name}: {own}");
            }
        }
        let allowed = &task["restrictions"]["settableVariables"]["allowed"];
        let mut outputs = names(&task["outputVariables"]);
        // The installer alone also puts its folder on the PATH.
        outputs.extend((name == "OuterloopInstaller").then(|| "PATH".to_owned()));
        let outputs: Vec<Value> = outputs.into_iter().map(Value::from).collect();
        assert_eq!(allowed.as_array(), Some(&outputs), "{name}");
        assert_eq!(keys(&task["execution"]), ["Node20_1", "Node24"].map(String::from).into());
        for handler in task["execution"].as_object().expect("handlers").values() {
            let target = handler["target"].as_str().expect("a file");
            let shim = repository_file("tasks/shim").join(target);
            assert!(shim.is_file(), "{name}: {}", shim.display());
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.chars().all(|c| c.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hex)
}

#[test]
fn a_gate_needs_no_service_connection() {
    for (name, task) in tasks() {
        let connected = task["inputs"].to_string().contains("connectedService");
        let is_gate = matches!(
            name.trim_start_matches("Outerloop"),
            "Package" | "Validate" | "Compare" | "Evaluate" | "Profile" | "Merge" | "Init"
        );
        assert!(!connected || !is_gate, "{name}: a fork's run would skip it");
    }
}

#[test]
fn the_extension_names_what_is_there() {
    let folder = repository_file("tasks");
    let extension = json(&folder.join("vss-extension.json"));
    let mapped = extension["files"].as_array().expect("files");
    for file in mapped {
        let path = folder.join(file["path"].as_str().expect("a path"));
        assert!(path.exists(), "{}", path.display());
    }
    assert!(
        folder.join(extension["content"]["details"]["path"].as_str().expect("a page")).is_file()
    );
    let contributed: BTreeSet<String> = extension["contributions"]
        .as_array()
        .expect("contributions")
        .iter()
        .map(|c| c["properties"]["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(contributed, tasks().into_keys().collect());
    for task in &contributed {
        let target = format!("{task}/{task}V0");
        assert!(mapped.iter().any(|f| f["packagePath"] == target.as_str()), "no shim in {task}");
    }
}

#[test]
fn the_published_schema_takes_the_example() {
    let schema = json(&repository_file("docs/outerloop.schema.json"));
    let config = yaml(&repository_file("examples/employment/outerloop.yaml"));
    let known = keys(&schema["properties"]);
    for key in keys(&config) {
        assert!(known.contains(&key), "the schema does not know {key}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
