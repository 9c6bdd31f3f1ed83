//! The workflows of each CI system. The example repository's own files are the templates, so that
//! what is written here is what its end-to-end tests run.

use super::survey::Survey;

/// A CI system that workflows can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workflows {
    /// GitHub Actions.
    GitHub,
    /// Azure Pipelines.
    AzurePipelines,
}

/// A file of the example, by its path in the repository.
pub(super) type Template = (&'static str, &'static str);

macro_rules! of_example {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$((
            concat!($folder, "/", $name),
            include_str!(concat!("../../../../examples/employment/", $folder, "/", $name)),
        )),+]
    };
}

const GITHUB: &[Template] = of_example!(
    ".github/workflows":
    "train-and-deploy.yml",
    "pull-request-gate.yml",
    "pull-request-comment.yml",
    "monitor.yml",
    "retrain.yml",
    "promotion-gate.yml",
    "promotion.yml",
    "rollback.yml",
);

const AZURE_PIPELINES: &[Template] = of_example!(
    "azure-pipelines":
    "train-and-deploy.yml",
    "pull-request-gate.yml",
    "monitor.yml",
    "promotion-gate.yml",
    "promotion.yml",
    "rollback.yml",
);

impl Workflows {
    /// The word for it, behind `--host`.
    pub fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::AzurePipelines => "azure-pipelines",
        }
    }

    /// The example's files.
    pub(super) fn templates(self) -> &'static [Template] {
        match self {
            Self::GitHub => GITHUB,
            Self::AzurePipelines => AZURE_PIPELINES,
        }
    }

    /// The lines of `retrain:` that start the training workflow.
    pub(super) fn training(self) -> &'static str {
        match self {
            Self::GitHub => "workflow: {file: retrain.yml}",
            Self::AzurePipelines => {
                "pipeline: {id: 1}             # of azure-pipelines/train-and-deploy.yml"
            }
        }
    }

    /// The example's file, for the repository that was looked at.
    pub(super) fn adapt(self, text: &str, survey: &Survey) -> String {
        let mut text = text
            .replace("endpoint: prod", &format!("endpoint: {}", survey.endpoint))
            .replace("employment", &survey.model)
            .replace("branches: [main]", &format!("branches: [{}]", survey.branch))
            .replace("include: [main]", &format!("include: [{}]", survey.branch))
            .replace(PATHS, &format!("paths: {}", self.sources(survey)))
            .replace(INCLUDE, &format!("include: {}", self.sources(survey)));
        if let Some(train) = &survey.train {
            text = text.replace("sh train.sh\n", &format!("{train}\n"));
        }
        match &survey.install {
            Some(command) => text.replace(INSTALL, command),
            None => without_python(&text),
        }
    }

    fn sources(self, survey: &Survey) -> String {
        let pattern = |path: &String| match (self, path.strip_suffix('/')) {
            (_, None) => path.clone(),
            (Self::GitHub, Some(folder)) => format!("\"{folder}/**\""),
            (Self::AzurePipelines, Some(folder)) => folder.to_owned(),
        };
        let all: Vec<String> = survey.sources.iter().map(pattern).collect();
        format!("[{}]", all.join(", "))
    }
}

// What the templates say and a survey may say otherwise.
const PATHS: &str = "paths: [train.py, train.sh, requirements.txt, outerloop.yaml, \"data/**\"]";
const INCLUDE: &str = "include: [train.py, train.sh, requirements.txt, outerloop.yaml, data]";
const INSTALL: &str = "pip install --requirement requirements.txt";
const PYTHON: [&str; 2] = ["- uses: actions/setup-python@", "- task: UsePythonVersion@"];

/// Leaves out the steps that prepare Python: from the one that chooses it to the one that installs.
fn without_python(text: &str) -> String {
    let mut kept = String::new();
    let mut left_out = false;
    for line in text.split_inclusive('\n') {
        left_out |= PYTHON.iter().any(|step| line.trim_start().starts_with(step));
        if left_out {
            left_out = !line.trim().is_empty();
        } else {
            kept.push_str(line);
        }
    }
    kept
}

/// What is still to be done by hand, in plain words.
pub(super) fn next(host: Workflows, survey: &Survey) -> Vec<String> {
    let mut steps = Vec::new();
    if survey.train.is_none() {
        steps.push("write train.sh: it trains into build/, with the champion's scores where build/champion holds the champion".to_owned());
    }
    if !survey.score {
        steps.push("write score.py: it scores two packages on the same held-out rows, for promotion-gate.yml".to_owned());
    }
    match host {
        Workflows::GitHub => {
            steps.push(
                "put `workflow: {file: retrain.yml}` under `retrain:` in outerloop.yaml".to_owned(),
            );
            steps.push("add required reviewers to the environment `production`".to_owned());
        }
        Workflows::AzurePipelines => {
            steps.push("create a pipeline of each file in azure-pipelines/, and put `pipeline: {id: …}` of train-and-deploy.yml under `retrain:` in outerloop.yaml".to_owned());
            steps.push("add an approval to the environment `production`".to_owned());
        }
    }
    steps.push(
        "give the runners OUTERLOOP_STORE and OUTERLOOP_ENDPOINTS: folders that all of them see"
            .to_owned(),
    );
    steps
}
