//! Which columns of the data go into which input of a model.

use super::super::survey::Survey;
use crate::domain::error::{Error, Result};
use crate::domain::signature::{DataType, Signature, Tensor as Declared};

/// Columns that a sentence lists.
const SHOWN: usize = 12;

/// One input of a model with the columns that fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    /// Its name in the model.
    pub(super) name: String,
    /// What it takes; none: the model does not say.
    pub(super) datatype: Option<DataType>,
    /// One column, or those of a matrix in their order.
    pub(super) columns: Vec<String>,
}

/// What goes where, and what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) inputs: Vec<Input>,
    /// In words.
    pub(super) why: String,
}

/// The data and what is said of it.
pub(super) struct Known<'a> {
    /// The columns of the data.
    pub(super) survey: &'a Survey,
    /// Columns to give to a model that takes a matrix or does not say; empty: all others than
    /// `reserved`.
    pub(super) features: &'a [String],
    /// Columns that are the label, the weight, the group or the id.
    pub(super) reserved: &'a [String],
}

/// The names of inputs that the data has as columns: these are features, whatever else they are
/// called like.
pub(super) fn taken_by_name(signature: &Signature, survey: &Survey) -> Vec<String> {
    let names = signature.inputs.iter().map(|input| input.name.clone());
    names.filter(|name| survey.column(name).is_some()).collect()
}

/// Finds the columns of every input: by its name; of the one input that is a matrix by
/// `features`, else all columns that mean nothing else, in the order of the file.
///
/// # Errors
/// An input without its column, with the nearest one; another number of columns than a matrix
/// takes; an input of more than two axes.
pub(super) fn plan(signature: &Signature, known: &Known<'_>) -> Result<Plan> {
    for name in known.features {
        require(known.survey, name, "it is named as a feature")?;
    }
    match signature.inputs.as_slice() {
        [] => unsaid(known),
        [only] if is_matrix(only, known) => matrix(only, known),
        inputs => by_name(inputs, known),
    }
}

/// Whether the input is no column of its own name. One that takes a single value is looked for under
/// its name unless the features are named.
fn is_matrix(input: &Declared, known: &Known<'_>) -> bool {
    let single = matches!(input.shape.as_slice(), [_] | [_, Some(1)]);
    let named = known.survey.column(&input.name).is_some();
    !named && input.shape.len() <= 2 && (!single || !known.features.is_empty())
}

/// A model that does not say what it takes gets each column under its own name.
fn unsaid(known: &Known<'_>) -> Result<Plan> {
    let columns = known.chosen();
    if columns.is_empty() {
        return Err(Error::input(format!("{} has no column to score", known.survey.source))
            .hint("the model needs columns beside the label; name them with --features"));
    }
    let why = format!("{}, under their own names", known.reason());
    let input = |name: String| Input { columns: vec![name.clone()], name, datatype: None };
    Ok(Plan { inputs: columns.into_iter().map(input).collect(), why })
}

fn by_name(inputs: &[Declared], known: &Known<'_>) -> Result<Plan> {
    let mut plan = Vec::with_capacity(inputs.len());
    for input in inputs.iter() {
        let wide = input.shape.len() > 2 || input.shape.get(1).is_some_and(|n| *n != Some(1));
        if wide && input.shape.len() > 1 {
            return Err(Error::input(format!(
                "the model's input `{}` takes {} for each row, and a column holds one value",
                input.name,
                extents(input)
            ))
            .hint("score the rows with your own code, and give the predictions file"));
        }
        if input.optional && known.survey.column(&input.name).is_none() {
            continue;
        }
        require(known.survey, &input.name, "the model takes it as an input")?;
        plan.push(Input {
            name: input.name.clone(),
            datatype: Some(input.datatype),
            columns: vec![input.name.clone()],
        });
    }
    let used = |name: &String| inputs.iter().any(|input| input.name == *name);
    let names = known.survey.columns.iter().map(|c| c.name.clone());
    let left: Vec<String> =
        names.filter(|name| !used(name) && !known.reserved.contains(name)).collect();
    let unused = if left.is_empty() {
        String::new()
    } else {
        format!("; not given to it: {}", listed(&left))
    };
    Ok(Plan { inputs: plan, why: format!("the model's inputs have these names{unused}") })
}

fn matrix(input: &Declared, known: &Known<'_>) -> Result<Plan> {
    let wanted = match input.shape.as_slice() {
        [_, Some(width)] => Some(*width as usize),
        [_] => Some(1),
        _ => None,
    };
    let columns = known.chosen();
    if wanted.is_some_and(|wanted| wanted != columns.len()) || columns.is_empty() {
        let wanted = wanted.map_or_else(|| "columns".to_owned(), |n| format!("{n} columns"));
        let (name, source) = (&input.name, &known.survey.source);
        return Err(Error::input(format!(
            "the model's input `{name}` takes {wanted}, but {source} has {}: {}",
            columns.len(),
            listed(&columns)
        ))
        .hint(
            "name the columns in the order in which the model was trained on them, with \
             `predictions.features` or --features",
        ));
    }
    let why = format!("{}, in this order, for the input `{}`", known.reason(), input.name);
    let input = Input { name: input.name.clone(), datatype: Some(input.datatype), columns };
    Ok(Plan { inputs: vec![input], why })
}

impl Known<'_> {
    fn chosen(&self) -> Vec<String> {
        if !self.features.is_empty() {
            return self.features.to_vec();
        }
        let names = self.survey.columns.iter().map(|c| c.name.clone());
        names.filter(|name| !self.reserved.contains(name)).collect()
    }

    fn reason(&self) -> &'static str {
        match self.features {
            [] => "every column that means nothing else",
            _ => "the features that are named",
        }
    }
}

/// The column named `name`, which is needed since `why`.
fn require(survey: &Survey, name: &str, why: &str) -> Result<()> {
    if survey.column(name).is_some() {
        return Ok(());
    }
    let names: Vec<String> = survey.columns.iter().map(|c| c.name.clone()).collect();
    let nearest = names.iter().min_by_key(|n| strsim::damerau_levenshtein(n, name));
    let guess = nearest.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
    Err(Error::input(format!("{} has no column `{name}`; {why}", survey.source))
        .hint(format!("{guess}It has: {}", names.join(", "))))
}

fn extents(input: &Declared) -> String {
    let axes: Vec<String> = input.shape[1..]
        .iter()
        .map(|n| n.map_or_else(|| "any number".to_owned(), |n| n.to_string()))
        .collect();
    format!("{} values", axes.join(" × "))
}

/// Names in a sentence, the first ones where there are many.
pub(super) fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_owned(),
        n if n > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), n - SHOWN),
        _ => names.join(", "),
    }
}
