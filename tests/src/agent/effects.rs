//! What the commands in a task's output do.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command::{Command, parse};

/// A variable that a task set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variable {
    /// Its value.
    pub value: String,
    /// Later jobs see it.
    pub output: bool,
    /// It is hidden in logs.
    pub secret: bool,
}

/// An error or a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// `error` or `warning`.
    pub kind: String,
    /// What it says.
    pub message: String,
    /// `sourcepath`, `linenumber` and so on.
    pub properties: BTreeMap<String, String>,
}

/// How a task ended; the worst wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completion {
    /// Well.
    Succeeded,
    /// With a warning.
    SucceededWithIssues,
    /// Not.
    Failed,
}

/// What the task's manifest lets its output do.
#[derive(Debug, Clone, Default)]
pub struct Restrictions {
    /// `commands.mode` is `restricted`.
    pub restricted: bool,
    /// `settableVariables.allowed`; nothing: all.
    pub settable: Option<Vec<String>>,
}

impl Restrictions {
    /// Those of a `task.json`.
    pub fn of(task: &Value) -> Self {
        let restrictions = &task["restrictions"];
        let settable = restrictions["settableVariables"]["allowed"].as_array();
        Self {
            restricted: restrictions["commands"]["mode"] == "restricted",
            settable: settable
                .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        }
    }

    fn allows_variable(&self, name: &str) -> bool {
        self.settable.as_ref().is_none_or(|all| all.iter().any(|pattern| matches(pattern, name)))
    }

    fn allows_command(&self, command: &Command) -> bool {
        const ALLOWED: [&str; 9] = [
            "complete",
            "debug",
            "logdetail",
            "logissue",
            "prependpath",
            "setprogress",
            "setsecret",
            "settaskvariable",
            "setvariable",
        ];
        !self.restricted || (command.area == "task" && ALLOWED.contains(&command.event.as_str()))
    }
}

/// Without case, `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    false
}

/// What came of all commands of a task.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// Errors and warnings, in order.
    pub issues: Vec<Issue>,
    /// What `task.complete` said, the worst.
    pub completion: Option<Completion>,
    /// The message of the last `task.complete`.
    pub message: String,
    /// Folders put in front of `PATH`.
    pub paths: Vec<String>,
    /// Texts hidden from here on.
    pub secrets: Vec<String>,
    /// Every command that was carried out.
    pub commands: Vec<Command>,
    /// Commands that the manifest does not allow, and those that do not exist.
    pub refused: Vec<Command>,
    /// Lines that hold the prefix and yet no command: the agent warns of them.
    pub malformed: Vec<String>,
}

impl Effects {
    /// Carries out the command in a line, if there is one, and gives the line as the log shows it:
    /// without secrets; none for a command.
    pub fn read(&mut self, line: &str, restrictions: &Restrictions) -> Option<String> {
        match parse(line) {
            Some(command) => {
                self.carry_out(command, restrictions);
                None
            }
            None => {
                if line.contains("##vso") {
                    self.malformed.push(line.to_owned());
                }
                Some(self.masked(line))
            }
        }
    }

    fn masked(&self, line: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), "***");
        self.secrets.iter().fold(line.to_owned(), hide)
    }

    /// Hides a text, and each of its lines, from here on.
    pub fn hide(&mut self, secret: &str) {
        let parts = super::command::lines(secret).into_iter().map(str::to_owned);
        self.secrets.extend(parts.filter(|part| !part.is_empty()));
    }

    fn carry_out(&mut self, command: Command, restrictions: &Restrictions) {
        let property = |name: &str| command.properties.get(name).cloned().unwrap_or_default();
        let settable = match (command.area.as_str(), command.event.as_str()) {
            ("task", "setvariable") => Some(property("variable")),
            ("task", "prependpath") => Some("PATH".to_owned()),
            _ => None,
        };
        let allowed = restrictions.allows_command(&command)
            && settable.is_none_or(|name| restrictions.allows_variable(&name));
        if allowed && self.apply(&command) {
            self.commands.push(command);
        } else {
            self.refused.push(command);
        }
    }

    /// False for a command that is not known.
    fn apply(&mut self, command: &Command) -> bool {
        let data = command.data.clone();
        let property = |name: &str| command.properties.get(name).cloned().unwrap_or_default();
        let flag = |name: &str| property(name).eq_ignore_ascii_case("true");
        match (command.area.as_str(), command.event.as_str()) {
            ("task", "setvariable") => {
                let (output, secret) = (flag("isoutput"), flag("issecret"));
                if secret {
                    self.hide(&data);
                }
                let variable = Variable { value: data, output, secret };
                self.variables.insert(property("variable"), variable);
            }
            ("task", "setsecret") => self.hide(&data),
            ("task", "logissue" | "issue") => {
                let issue = Issue {
                    kind: property("type").to_lowercase(),
                    message: self.masked(&data),
                    properties: command.properties.clone(),
                };
                self.issues.push(issue);
            }
            ("task", "complete") => {
                let said = match property("result").to_lowercase().as_str() {
                    "failed" => Completion::Failed,
                    "succeededwithissues" => Completion::SucceededWithIssues,
                    _ => Completion::Succeeded,
                };
                self.completion = self.completion.max(Some(said));
                self.message = data;
            }
            ("task", "prependpath") => self.paths.push(data),
            ("task", event) => return TASK_EVENTS.contains(&event),
            (area, _) => return matches!(area, "artifact" | "build" | "telemetry" | "release"),
        }
        true
    }
}

/// Known, and without an effect that a test looks for.
const TASK_EVENTS: [&str; 8] = [
    "addattachment",
    "debug",
    "logdetail",
    "setendpoint",
    "setprogress",
    "settaskvariable",
    "uploadfile",
    "uploadsummary",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str, restrictions: &Restrictions) -> Effects {
        let mut effects = Effects::default();
        for line in super::super::lines(output) {
            effects.read(line, restrictions);
        }
        effects
    }

    #[test]
    fn a_restricted_task_sets_only_what_its_manifest_names() {
        let task = serde_json::json!({"restrictions": {
            "commands": {"mode": "restricted"},
            "settableVariables": {"allowed": ["verdict", "gate*"]},
        }});
        let output = "##vso[task.setvariable variable=verdict;isOutput=true]pass\n\
            ##vso[task.setvariable variable=GATES]1\n\
            ##vso[task.setvariable variable=PATH]evil\n\
            ##vso[task.prependpath]/evil\n\
            ##vso[task.uploadsummary]/tmp/x.md\n\
            ##vso[artifact.upload a=b]/tmp/x";
        let effects = read(output, &Restrictions::of(&task));
        let names: Vec<_> = effects.variables.keys().collect();
        assert_eq!(names, ["GATES", "verdict"]);
        assert!(effects.variables["verdict"].output);
        assert_eq!(effects.refused.len(), 4);
        assert!(effects.paths.is_empty());
    }

    #[test]
    fn the_worst_completion_wins() {
        let output =
            "##vso[task.complete result=Failed]no\n##vso[task.complete result=Succeeded]yes";
        assert_eq!(read(output, &Restrictions::default()).completion, Some(Completion::Failed));
    }

    #[test]
    fn a_secret_is_hidden_from_its_command_on() {
        let mut effects = Effects::default();
        let all = Restrictions::default();
        assert_eq!(effects.read("a hunter2", &all).as_deref(), Some("a hunter2"));
        effects.read("##vso[task.setsecret]hunter2", &all);
        assert_eq!(effects.read("a hunter2 b", &all).as_deref(), Some("a *** b"));
    }

    #[test]
    fn patterns_match_as_a_whole() {
        for (pattern, name, expected) in [
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("a*c", "abcd", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
