//! Which of a model's outputs is the score.

use super::answers::Output;
use super::class_names::{class_names, same, text};
use crate::config::valid::PredictionsConfig;
use crate::data::Categories;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::ports::scorer::Values;

/// A model's scores, one a row, as the task wants them.
#[derive(Debug, Clone)]
pub(super) enum Scored {
    /// Of a binary task and of a regression.
    Numbers(Vec<f64>),
    /// The probability of each class, row after row.
    Probabilities { classes: Vec<String>, values: Vec<f64> },
    /// The answered class.
    Classes(Categories),
}

/// The scores, which output they are, and what speaks for it.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) scored: Scored,
    /// In words, such as `probabilities[1]`.
    pub(super) what: String,
    pub(super) why: String,
}

/// What the task is about.
pub(super) struct Question<'a> {
    pub(super) config: &'a PredictionsConfig,
    /// The output that is asked for by name.
    pub(super) output: Option<&'a str>,
    /// The labels that the data has, in order.
    pub(super) labels: &'a [String],
}

/// Whether outputs answer with classes: the answered class, or a probability of each.
pub(super) fn are_classes(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| match output.values {
        Values::Numbers(_) => output.width > 1,
        Values::Integers(_) | Values::Text(_) => output.width == 1,
    })
}

impl Question<'_> {
    /// The scores among `outputs` of the model named `model`.
    ///
    /// # Errors
    /// No output that suits the task, or several; classes that cannot be told.
    pub(super) fn choose(&self, outputs: &[Output], model: &str) -> Result<Chosen> {
        if let Some(name) = self.output
            && !outputs.iter().any(|output| output.name == name)
        {
            return Err(Error::input(format!("{model} has no output `{name}`"))
                .hint(format!("it has: {}", described(outputs))));
        }
        let found = match self.config.task {
            Task::Binary => self.binary(outputs)?,
            Task::Multiclass => self.multiclass(outputs)?,
            Task::Regression => self.regression(outputs)?,
        };
        found.ok_or_else(|| self.none(outputs, model))
    }

    fn binary(&self, outputs: &[Output]) -> Result<Option<Chosen>> {
        if let Some(output) = self.one(outputs, |o| is_float(o) && o.width <= 2)? {
            return match output.width {
                1 => Ok(Some(plain(output, "the one number of each row".to_owned()))),
                _ => self.of_two(output, answer(outputs)).map(Some),
            };
        }
        // A hard answer is a score only for who asks for it by name.
        let asked = outputs.iter().find(|o| self.output == Some(&o.name) && o.width == 1);
        Ok(asked.and_then(|output| {
            let row = |row| text(output, row).map(|class| f64::from(self.is_positive(&class)));
            let numbers: Option<Vec<f64>> = (0..rows(output)).map(row).collect();
            let why = "the answered class, 1 where it is the positive one".to_owned();
            Some(Chosen { scored: Scored::Numbers(numbers?), what: output.name.clone(), why })
        }))
    }

    /// Of the probabilities of two classes that of the positive one.
    fn of_two(&self, output: &Output, answer: Option<&Output>) -> Result<Chosen> {
        let (classes, how) =
            match class_names(output, answer, &self.config.probabilities, self.labels) {
                Ok(found) => found,
                Err(e) if self.config.positive.is_some() => return Err(e),
                // 0 before 1 is the order of every library.
                Err(_) => (vec!["0".to_owned(), "1".to_owned()], "0 comes before 1"),
            };
        let Some(at) = classes.iter().position(|class| self.is_positive(class)) else {
            let (classes, name) = (classes.join(" and "), &output.name);
            let positive = self.config.positive.as_deref().unwrap_or("1");
            return Err(Error::input(format!(
                "output `{name}` is of the classes {classes}; the positive one is `{positive}`"
            ))
            .hint("name the positive label with `predictions.positive` or --positive"));
        };
        let numbers = numbers(output).iter().skip(at).step_by(2).copied().collect();
        let (name, class) = (&output.name, &classes[at]);
        Ok(Chosen {
            scored: Scored::Numbers(numbers),
            what: format!("{name}[{at}]"),
            why: format!("the probability of class {class}; of the classes {how}"),
        })
    }

    fn is_positive(&self, class: &str) -> bool {
        same(class, self.config.positive.as_deref().unwrap_or("1"))
    }

    fn multiclass(&self, outputs: &[Output]) -> Result<Option<Chosen>> {
        if let Some(output) = self.one(outputs, |o| is_float(o) && o.width > 1)? {
            let named = &self.config.probabilities;
            let (classes, how) = class_names(output, answer(outputs), named, self.labels)?;
            let why = format!("the probabilities of {}; {how}", classes.join(", "));
            let values = numbers(output);
            let scored = Scored::Probabilities { classes, values };
            return Ok(Some(Chosen { scored, what: output.name.clone(), why }));
        }
        let Some(output) = self.one(outputs, |o| !is_float(o) && o.width == 1)? else {
            return Ok(None);
        };
        let given = Categories::of((0..rows(output)).map(|row| text(output, row)));
        Ok(Some(Chosen {
            scored: Scored::Classes(given),
            what: output.name.clone(),
            why: "the answered class; the model gives no probabilities".to_owned(),
        }))
    }

    fn regression(&self, outputs: &[Output]) -> Result<Option<Chosen>> {
        let float = self.one(outputs, |o| is_float(o) && o.width == 1)?;
        let whole = |o: &Output| matches!(o.values, Values::Integers(_)) && o.width == 1;
        let found = match float {
            Some(output) => Some(output),
            None => self.one(outputs, whole)?,
        };
        Ok(found.map(|output| plain(output, "the one number of each row".to_owned())))
    }

    /// The one output that suits; of several the one that is asked for, else the one that is named
    /// as probabilities.
    fn one<'o>(
        &self,
        outputs: &'o [Output],
        suits: impl Fn(&Output) -> bool,
    ) -> Result<Option<&'o Output>> {
        let asked = |o: &&Output| self.output.is_none_or(|name| o.name == name);
        let all: Vec<&Output> = outputs.iter().filter(|o| suits(o)).filter(asked).collect();
        let is_named = |o: &&&Output| o.name.to_ascii_lowercase().contains("prob");
        let named: Vec<&Output> = all.iter().filter(is_named).copied().collect();
        match (all.as_slice(), named.as_slice()) {
            ([], _) => Ok(None),
            ([one], _) | (_, [one]) => Ok(Some(one)),
            _ => {
                let names: Vec<&str> = all.iter().map(|o| o.name.as_str()).collect();
                Err(Error::input(format!(
                    "several outputs could be the score: {}",
                    names.join(", ")
                ))
                .hint("say which with `predictions.output` or --output"))
            }
        }
    }

    fn none(&self, outputs: &[Output], model: &str) -> Error {
        let wanted = match self.config.task {
            Task::Binary => "a probability for each row, or one for each of two classes",
            Task::Multiclass => "a probability for each class, or the answered class",
            Task::Regression => "one number for each row",
        };
        let task = self.config.task;
        let hint = match self.config.task {
            Task::Binary => {
                "export the classifier with its probabilities; answered classes are taken as \
                 scores only where --output or `predictions.output` names them"
            }
            _ => "name the task with --task or `predictions.task`, and the output with --output",
        };
        let found = described(outputs);
        Error::input(format!(
            "{model} has no output that suits a {task} task, which needs {wanted}; it gives {found}"
        ))
        .hint(hint)
    }
}

/// The output that answers with a class.
fn answer(outputs: &[Output]) -> Option<&Output> {
    let mut all = outputs.iter().filter(|o| !is_float(o) && o.width == 1);
    all.next().filter(|_| all.next().is_none())
}

fn plain(output: &Output, why: String) -> Chosen {
    Chosen { scored: Scored::Numbers(numbers(output)), what: output.name.clone(), why }
}

fn is_float(output: &Output) -> bool {
    matches!(output.values, Values::Numbers(_))
}

fn numbers(output: &Output) -> Vec<f64> {
    match &output.values {
        Values::Numbers(all) => all.clone(),
        Values::Integers(all) => all.iter().map(|x| *x as f64).collect(),
        Values::Text(_) => Vec::new(),
    }
}

fn rows(output: &Output) -> usize {
    let values = match &output.values {
        Values::Numbers(all) => all.len(),
        Values::Integers(all) => all.len(),
        Values::Text(all) => all.len(),
    };
    values / output.width.max(1)
}

fn described(outputs: &[Output]) -> String {
    let all: Vec<String> = outputs.iter().map(Output::described).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}
