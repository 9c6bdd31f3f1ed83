//! Which columns are profiled, and what the engine holds in them.

use std::collections::BTreeSet;

use arrow_schema::{DataType, Schema};

use super::run::EngineInput;
use crate::data::nearest;
use crate::domain::error::{Error, Result};
use crate::domain::profile::ColumnRole;
use crate::sql::{Column, Source};

/// The columns that are not ignored and not of times, in their order.
///
/// # Errors
/// A column of a kind that is not profiled; a name that is there twice; a named column that is not
/// there; no column.
pub(super) fn of(schema: &Schema, input: &EngineInput<'_>) -> Result<Vec<Column>> {
    let options = &input.options;
    let all: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    nearest::check(input.ignore, &all, "--ignore")?;
    nearest::check(input.categories, &all, "--categories")?;
    for name in options.prediction.iter().chain(&options.label).map(String::as_str).chain(input.by)
    {
        if !all.contains(&name) {
            return Err(Error::input(format!("{} has no column `{name}`", input.source))
                .hint(nearest::hint(name, all)));
        }
    }
    let mut seen = BTreeSet::new();
    let mut columns = Vec::new();
    for field in schema.fields() {
        let name = field.name();
        if options.ignore.contains(name) {
            continue;
        }
        // Engines take names without regard to case.
        if !seen.insert(name.to_lowercase()) {
            return Err(Error::input(format!("{} has two columns `{name}`", input.source))
                .hint("give one of them another name with --query 'SELECT … AS …'"));
        }
        let source = source(field.data_type()).ok_or_else(|| {
            Error::input(format!(
                "column `{name}` of {} is of kind {}",
                input.source,
                field.data_type()
            ))
            .hint("only numbers, text, booleans, days and moments are profiled; leave it out with --ignore, or turn it into one of them with --query")
        })?;
        let named = is_named(name, input);
        let role = options.role(name);
        if !named && role == ColumnRole::Feature && matches!(source, Source::Day | Source::Moment) {
            continue;
        }
        columns.push(Column { name: name.clone(), source, named });
    }
    if columns.is_empty() {
        return Err(Error::input(format!("{} has no columns", input.source)).hint(
            "a baseline needs data to compare with; days and moments are no part of it unless --categories names them",
        ));
    }
    Ok(columns)
}

/// Whether somebody wants the column as categories, also where it holds times.
pub(super) fn is_named(name: &str, input: &EngineInput<'_>) -> bool {
    input.categories.iter().any(|category| category == name) || input.by == Some(name)
}

fn source(kind: &DataType) -> Option<Source> {
    use DataType as D;
    Some(match kind {
        D::Float16 | D::Float32 | D::Float64 => Source::Float,
        k if k.is_integer() => Source::Whole,
        D::Null => Source::Whole,
        D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..) => Source::Decimal,
        D::Date32 => Source::Day,
        D::Timestamp(..) => Source::Moment,
        D::Utf8 | D::LargeUtf8 | D::Utf8View => Source::Text,
        D::Dictionary(_, inner) => source(inner)?,
        D::Boolean => Source::Boolean,
        _ => return None,
    })
}
