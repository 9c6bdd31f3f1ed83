//! Variables and outputs, and the three ways in which they are written into a pipeline.

use std::collections::BTreeMap;

use super::expression::{self, Value};

/// What a job or stage can see.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Variables by name; a step's outputs are `step.name`.
    pub(super) variables: BTreeMap<String, String>,
    /// Outputs of finished jobs, by stage, job, and `step.name`.
    pub(super) outputs: BTreeMap<(String, String, String), String>,
    /// The deployment jobs among them, whose outputs have the job's name in front.
    pub(super) deployments: Vec<(String, String)>,
}

/// As the agent names variables in the environment.
pub(super) fn environment_name(name: &str) -> String {
    name.replace(['.', ' '], "_").to_uppercase()
}

impl Scope {
    /// A variable; names do not know case, nor the difference between `.` and `_`, as the
    /// predefined ones are given as the environment has them.
    pub(super) fn variable(&self, name: &str) -> Value {
        let wanted = environment_name(name);
        let found = self.variables.iter().find(|(own, _)| environment_name(own) == wanted);
        found.map(|(_, value)| value.clone())
    }

    /// `text` with `$(name)` replaced; what is not set stays as it is written.
    pub(super) fn expanded(&self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("$(") {
            let Some(length) = rest[start..].find(')') else { break };
            let (name, end) = (&rest[start + 2..start + length], start + length + 1);
            done.push_str(&rest[..start]);
            match self.variable(name) {
                Some(value) => done.push_str(&value),
                None => done.push_str(&rest[start..end]),
            }
            rest = &rest[end..];
        }
        done + rest
    }

    /// The value of a variable as written: `$[ expression ]`, or text with macros.
    pub(super) fn runtime(&self, text: &str) -> String {
        match text.trim().strip_prefix("$[").and_then(|rest| rest.strip_suffix(']')) {
            Some(expression) => {
                let value = expression::evaluate(expression, &|path| self.at(path), &|_| true);
                value.unwrap_or_default()
            }
            None => self.expanded(text),
        }
    }

    /// Whether a condition holds; without one, whether everything before went well.
    pub(super) fn holds(&self, condition: Option<&str>, well: bool) -> bool {
        let Some(condition) = condition else { return well };
        let state = |name: &str| match name {
            "succeeded" => well,
            "always" => true,
            _ => false,
        };
        expression::truth(&expression::evaluate(condition, &|path| self.at(path), &state))
    }

    /// The value of a path in an expression.
    fn at(&self, path: &str) -> Value {
        let quoted = |text: &str| {
            text.trim_start_matches('[').trim_end_matches(']').trim_matches('\'').to_owned()
        };
        if let Some(name) = path.strip_prefix("variables") {
            return self.variable(&quoted(name));
        }
        let (place, key) = path.split_once(".outputs").unwrap_or_else(|| panic!("{path}"));
        let key = quoted(key);
        if let Some(place) = place.strip_prefix("stageDependencies.") {
            let (stage, job) = place.split_once('.').expect("stageDependencies.stage.job");
            return self.output(stage, job, &key);
        }
        let stage = place.strip_prefix("dependencies.").unwrap_or_else(|| panic!("{path}"));
        let (job, key) = key.split_once('.').expect("job.step.name");
        self.output(stage, job, key)
    }

    fn output(&self, stage: &str, job: &str, key: &str) -> Value {
        let place = (stage.to_owned(), job.to_owned());
        let key = match self.deployments.contains(&place) {
            true => key.strip_prefix(&format!("{job}.")).unwrap_or_else(|| {
                panic!("outputs of the deployment {job} begin with its name, not {key}")
            }),
            false => key,
        };
        self.outputs.get(&(place.0, place.1, key.to_owned())).cloned()
    }
}
