//! The columns of the data as a model takes them: every value is checked before the first is given.

use std::path::Path;

use super::plan::{Input, Plan};
use crate::data::{Categories, ReadOptions, Table, Values, read};
use crate::domain::error::{Error, Result};
use crate::domain::signature::DataType;
use crate::domain::text::TextFormat;
use crate::ports::scorer::{Tensor, Values as Given};

/// Beyond this a double no longer holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// All rows of every input.
pub(super) struct Feed {
    inputs: Vec<(String, Vec<Filled>)>,
    /// Rows of the file.
    pub(super) rows: usize,
    /// The file, for messages.
    pub(super) source: String,
}

/// One column as the model takes it.
enum Filled {
    Numbers(Vec<f64>),
    Whole(Vec<i64>),
    Text(Categories),
}

impl Feed {
    /// Reads the columns of `plan`, and nothing else, of `file`.
    ///
    /// # Errors
    /// A file that cannot be read; a value that the model's input does not take, by its row.
    pub(super) fn read(file: &Path, format: TextFormat, plan: &Plan) -> Result<Self> {
        let wanted = |inputs: &mut dyn Iterator<Item = &Input>| -> Vec<String> {
            inputs.flat_map(|input| input.columns.iter().cloned()).collect()
        };
        let text = |input: &&Input| input.datatype == Some(DataType::Bytes);
        let options = ReadOptions {
            columns: Some(wanted(&mut plan.inputs.iter())),
            categories: wanted(&mut plan.inputs.iter().filter(text)),
            exact: true,
            text: format,
            ..ReadOptions::default()
        };
        let mut table = read(&[file.to_owned()], &options)?;
        let (rows, source) = (table.rows, table.source.clone());
        let mut inputs = Vec::with_capacity(plan.inputs.len());
        for input in &plan.inputs {
            let mut filled = Vec::with_capacity(input.columns.len());
            for column in &input.columns {
                let values = values(&mut table, column, &plan.inputs)?;
                let place = Place { input, column, source: &source };
                filled.push(place.fill(values)?);
            }
            inputs.push((input.name.clone(), filled));
        }
        Ok(Self { inputs, rows, source })
    }

    /// Rows `from..to` as the model takes them.
    pub(super) fn tensors(&self, from: usize, to: usize) -> Vec<Tensor> {
        let tensor = |(name, columns): &(String, Vec<Filled>)| Tensor {
            name: name.clone(),
            shape: vec![to - from, columns.len()],
            values: match columns.as_slice() {
                [only] => only.part(from, to),
                several => interleaved(several, from, to),
            },
        };
        self.inputs.iter().map(tensor).collect()
    }
}

/// The column, taken out of the table unless another input needs it too.
fn values(table: &mut Table, column: &str, inputs: &[Input]) -> Result<Values> {
    if table.rows == 0 {
        return Ok(Values::Number(Vec::new()));
    }
    let uses = inputs.iter().flat_map(|input| &input.columns).filter(|name| *name == column);
    if uses.count() == 1
        && let Some(values) = table.take(column)
    {
        return Ok(values);
    }
    Ok(table.require(column)?.values.clone())
}

impl Filled {
    fn part(&self, from: usize, to: usize) -> Given {
        match self {
            Self::Numbers(all) => Given::Numbers(all[from..to].to_vec()),
            Self::Whole(all) => Given::Integers(all[from..to].to_vec()),
            Self::Text(all) => {
                let text = |row| all.get(row).unwrap_or_default().to_owned();
                Given::Text((from..to).map(text).collect())
            }
        }
    }

    fn number(&self, row: usize) -> f64 {
        match self {
            Self::Numbers(all) => all[row],
            Self::Whole(all) => all[row] as f64,
            Self::Text(_) => f64::NAN,
        }
    }
}

/// Columns side by side, row after row.
fn interleaved(columns: &[Filled], from: usize, to: usize) -> Given {
    let rows = from..to;
    if columns.iter().all(|c| matches!(c, Filled::Text(_))) {
        let text = |row, column: &Filled| match column {
            Filled::Text(all) => all.get(row).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        return Given::Text(
            rows.flat_map(|row| columns.iter().map(move |c| text(row, c))).collect(),
        );
    }
    let whole = |row: usize, column: &Filled| match column {
        Filled::Whole(all) => all[row],
        _ => 0,
    };
    if columns.iter().all(|c| matches!(c, Filled::Whole(_))) {
        let values = rows.flat_map(|row| columns.iter().map(move |c| whole(row, c)));
        return Given::Integers(values.collect());
    }
    Given::Numbers(rows.flat_map(|row| columns.iter().map(move |c| c.number(row))).collect())
}

/// Where a column goes, for messages.
struct Place<'a> {
    input: &'a Input,
    column: &'a str,
    source: &'a str,
}

impl Place<'_> {
    fn fill(&self, values: Values) -> Result<Filled> {
        match (self.input.datatype, values) {
            (None, Values::Number(all)) if all.iter().all(is_whole) => {
                Ok(Filled::Whole(as_whole(&all)))
            }
            (None, Values::Number(all)) => Ok(Filled::Numbers(all)),
            (Some(DataType::Bytes) | None, Values::Category(all)) => self.text(all),
            (Some(DataType::Bytes), Values::Number(all)) => self.text(Categories::of_numbers(&all)),
            (Some(kind), values) => {
                let numbers = self.numbers(values)?;
                if is_float(kind) { Ok(Filled::Numbers(numbers)) } else { self.whole(&numbers) }
            }
        }
    }

    fn text(&self, all: Categories) -> Result<Filled> {
        match all.codes.iter().position(|code| *code == Categories::NULL) {
            None => Ok(Filled::Text(all)),
            Some(row) => Err(self.odd(row, "is empty", "text")),
        }
    }

    /// `true` and `false` are 1 and 0.
    fn numbers(&self, values: Values) -> Result<Vec<f64>> {
        let all = match values {
            Values::Number(all) => return Ok(all),
            Values::Category(all) => all,
        };
        let value = |level: &String| match level.to_ascii_lowercase().as_str() {
            "true" => Some(1.0),
            "false" => Some(0.0),
            other => other.trim().parse().ok(),
        };
        let levels: Vec<Option<f64>> = all.levels.iter().map(value).collect();
        if let Some(code) = levels.iter().position(Option::is_none) {
            let row = all.codes.iter().position(|c| *c as usize == code).unwrap_or(0);
            let what = format!("holds the text `{}`", all.levels[code].escape_debug());
            return Err(self.odd(row, &what, "a number"));
        }
        let number = |code: &u32| levels.get(*code as usize).copied().flatten();
        Ok(all.codes.iter().map(|code| number(code).unwrap_or(f64::NAN)).collect())
    }

    fn whole(&self, numbers: &[f64]) -> Result<Filled> {
        match numbers.iter().position(|x| !is_whole(x)) {
            None => Ok(Filled::Whole(as_whole(numbers))),
            Some(row) if numbers[row].is_nan() => Err(self.odd(row, "is empty", "a whole number")),
            Some(row) => Err(self.odd(row, &format!("holds {}", numbers[row]), "a whole number")),
        }
    }

    fn odd(&self, row: usize, what: &str, wanted: &str) -> Error {
        let Self { input, column, source } = self;
        let name = &input.name;
        let kind = input.datatype.map_or("text", DataType::protocol_name);
        Error::input(format!(
            "column `{column}` of {source} {what} in row {}, but the model's input `{name}` takes \
             {wanted} ({kind})",
            row + 1
        ))
        .hint("prepare the data as for training; the model gets it as it is")
    }
}

fn is_float(kind: DataType) -> bool {
    matches!(kind, DataType::Fp16 | DataType::Bf16 | DataType::Fp32 | DataType::Fp64)
}

fn is_whole(x: &f64) -> bool {
    x.fract() == 0.0 && x.abs() <= EXACT
}

fn as_whole(numbers: &[f64]) -> Vec<i64> {
    numbers.iter().map(|x| *x as i64).collect()
}
