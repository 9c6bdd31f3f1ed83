//! Labels from a data file, scores from the models.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::classes::of_values;
use super::super::columns::Layout;
use super::super::guess::{Guess, label_and_weight, task_and_positive};
use super::super::load::assembled;
use super::super::rows::Rows;
use super::super::survey::Survey;
use super::answers::Output;
use super::columns::Feed;
use super::guess;
use super::outputs::{Chosen, Question, Scored, are_classes};
use super::plan::{Known, Plan, plan, taken_by_name};
use super::run::answers;
use crate::config::raw::RawPredictions;
use crate::config::valid::PredictionsConfig;
use crate::data::{Categories, Values};
use crate::domain::error::{Error, Result};
use crate::domain::text::TextFormat;
use crate::gates::Predictions;
use crate::ports::scorer::ScorerModel;

/// Whose columns of scores these are; no file's column is read under such a name.
const CHALLENGER: &str = "score of the challenger";
const CHAMPION: &str = "score of the champion";

/// A model that scores.
pub struct Model<'a> {
    /// What answers.
    pub scorer: &'a dyn ScorerModel,
    /// What it is called in messages.
    pub name: String,
}

/// Rows, and the models that score them.
pub struct ByModels<'a> {
    /// The data, with labels: a file, a folder or a pattern.
    pub data: PathBuf,
    /// How it is written, where it is text.
    pub text: TextFormat,
    /// The model to be judged.
    pub challenger: Model<'a>,
    /// The model that it is compared with.
    pub champion: Option<Model<'a>>,
    /// Columns for a model that takes a matrix, or that does not say what it takes; empty: all that
    /// mean nothing else.
    pub features: Vec<String>,
    /// The output that is the score; none: the one that suits the task.
    pub output: Option<String>,
    /// Longest time for one request.
    pub limit: Duration,
    /// Is told the rows that were scored so far, and all rows; of two models one after the other.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// Scores every row of the data and reads the labels, weights, groups and further columns as
/// [`super::super::load()`] does. Says which columns and outputs were taken where nobody said it.
///
/// # Errors
/// As [`super::super::load()`] for the data; a model that needs a column which the data has not, gets a
/// value that it does not take, fails on a row, takes too long, or gives nothing that suits the task.
pub fn score(
    by: &ByModels<'_>,
    config: &PredictionsConfig,
    further: &[String],
) -> Result<(Predictions, Vec<Guess>)> {
    let survey = Survey::of(&by.data, by.text)?;
    let reserved = [Some(&config.label), config.weight.as_ref()]
        .into_iter()
        .chain([config.cluster.as_ref(), config.id.as_ref()])
        .flatten()
        .cloned()
        .collect::<Vec<String>>();
    let mut told = Vec::new();
    let answered = by.answered(&survey, &reserved, &mut told)?;
    let predictions = by.assembled(&answered, config, further, &mut told)?;
    Ok((predictions, told))
}

/// As [`score`], and guesses what `written` does not say of the label, the weight and the task.
///
/// # Errors
/// As [`score`]; a label or a task that is not clear.
pub fn score_guessing(
    by: &ByModels<'_>,
    written: RawPredictions,
) -> Result<(Predictions, Vec<Guess>)> {
    let survey = Survey::of(&by.data, by.text)?;
    let models = [Some(&by.challenger), by.champion.as_ref()];
    let mut taken = by.features.clone();
    for model in models.into_iter().flatten() {
        taken.extend(taken_by_name(&model.scorer.signature(), &survey));
    }
    let (written, mut told) = label_and_weight(&survey, written, &taken)?;
    let reserved: Vec<String> = [&written.label, &written.weight, &written.cluster, &written.id]
        .into_iter()
        .chain([&written.champion])
        .flatten()
        .cloned()
        .collect();
    let answered = by.answered(&survey, &reserved, &mut told)?;
    let classes = are_classes(&answered.challenger);
    let (written, more) = task_and_positive(&by.data, &survey, written, classes)?;
    told.extend(more);
    let config = PredictionsConfig::from_raw(written, Path::new(""))?;
    let predictions = by.assembled(&answered, &config, &[], &mut told)?;
    Ok((predictions, told))
}

/// What both models answered to all rows.
struct Answered {
    rows: usize,
    challenger: Vec<Output>,
    champion: Option<Vec<Output>>,
}

impl ByModels<'_> {
    fn answered(
        &self,
        survey: &Survey,
        reserved: &[String],
        told: &mut Vec<Guess>,
    ) -> Result<Answered> {
        let known = Known { survey, features: &self.features, reserved };
        let first = plan_of(&self.challenger, &known)?;
        let second = self.champion.as_ref().map(|m| plan_of(m, &known)).transpose()?;
        if self.features.is_empty() {
            told.push(guess::features(&first, "features"));
            let other = second.as_ref().filter(|second| **second != first);
            told.extend(other.map(|plan| guess::features(plan, "features of the champion")));
        }
        let feed = Feed::read(&self.data, self.text, &first)?;
        let challenger = answers(&self.challenger, &feed, self)?;
        let champion = match (&self.champion, second) {
            (Some(model), Some(plan)) if plan == first => Some(answers(model, &feed, self)?),
            (Some(model), Some(plan)) => {
                let rows = feed.rows;
                drop(feed);
                let feed = Feed::read(&self.data, self.text, &plan)?;
                debug_assert_eq!(feed.rows, rows);
                Some(answers(model, &feed, self)?)
            }
            _ => None,
        };
        Ok(Answered { rows: survey.rows, challenger, champion })
    }

    /// The predictions, with columns of scores beside those of the data.
    fn assembled(
        &self,
        answered: &Answered,
        config: &PredictionsConfig,
        further: &[String],
        told: &mut Vec<Guess>,
    ) -> Result<Predictions> {
        let layout = Layout { config, two_files: false };
        let mut rows =
            Rows::read(&self.data, self.text, layout.data(further, self.champion.is_none()))?;
        if answered.rows == 0 {
            return assembled(rows, None, config, further);
        }
        let mut scored = PredictionsConfig {
            score: CHALLENGER.to_owned(),
            probabilities: Vec::new(),
            champion_probabilities: Vec::new(),
            ..config.clone()
        };
        let labels = labels(&rows, &config.label);
        let question = Question { config, output: self.output.as_deref(), labels: &labels };
        let mine = question.choose(&answered.challenger, &self.challenger.name)?;
        let theirs = match (&answered.champion, &self.champion) {
            (Some(outputs), Some(model)) => {
                scored.champion = CHAMPION.to_owned();
                Some(question.choose(outputs, &model.name)?)
            }
            _ => None,
        };
        alike(&mine, theirs.as_ref(), &self.challenger.name)?;
        if self.output.is_none() {
            told.push(guess::output(&mine, "output"));
            let other = theirs.as_ref().filter(|theirs| theirs.what != mine.what);
            told.extend(other.map(|chosen| guess::output(chosen, "output of the champion")));
        }
        scored.probabilities = add(&mut rows, mine.scored, CHALLENGER);
        if let Some(theirs) = theirs {
            scored.champion_probabilities = add(&mut rows, theirs.scored, CHAMPION);
        }
        assembled(rows, None, &scored, further)
    }
}

fn plan_of(model: &Model<'_>, known: &Known<'_>) -> Result<Plan> {
    plan(&model.scorer.signature(), known).map_err(|e| e.during(model.name.clone()))
}

/// The labels that the data has, in order; of many numbers none.
fn labels(rows: &Rows, label: &str) -> Vec<String> {
    match rows.column(label).map(|column| &column.values) {
        Some(Values::Category(all)) => of_values(&[all]),
        Some(Values::Number(all)) => {
            let whole: Vec<f64> = all.iter().copied().filter(|x| x.fract() == 0.0).collect();
            of_values(&[&Categories::of_numbers(&whole)])
        }
        None => Vec::new(),
    }
}

/// One model's probabilities say nothing about another's answered classes.
fn alike(mine: &Chosen, theirs: Option<&Chosen>, name: &str) -> Result<()> {
    let Some(theirs) = theirs else { return Ok(()) };
    let classes = |chosen: &Chosen| matches!(chosen.scored, Scored::Classes(_));
    if classes(mine) == classes(theirs) {
        return Ok(());
    }
    let (with, without) =
        if classes(mine) { ("the champion", name) } else { (name, "the champion") };
    Err(Error::input(format!(
        "{with} gives the probability of each class, {without} only its answer"
    ))
    .hint("name an output that both have with `predictions.output` or --output"))
}

/// Puts the scores beside the other columns; of probabilities the pattern of their names.
fn add(rows: &mut Rows, scored: Scored, name: &str) -> Vec<String> {
    match scored {
        Scored::Numbers(all) => rows.add(name.to_owned(), Values::Number(all)),
        Scored::Classes(all) => rows.add(name.to_owned(), Values::Category(all)),
        Scored::Probabilities { classes, values } => {
            let width = classes.len();
            for (at, class) in classes.iter().enumerate() {
                let own = values.iter().skip(at).step_by(width).copied().collect();
                rows.add(format!("{name}: {class}"), Values::Number(own));
            }
            return vec![format!("{name}: *")];
        }
    }
    Vec::new()
}
