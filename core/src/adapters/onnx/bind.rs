//! Between a request's tensors and ONNX Runtime's.

use ort::session::{SessionInputValue, SessionOutputs};
use ort::value::{DynValue, PrimitiveTensorElementType, Shape, Tensor as Value, ValueType};

use super::model::Bound;
use super::request::{Failure, Request};
use super::tensor::{Data, Tensor};
use crate::domain::signature::{DataType, Tensor as Declared};

/// The model's inputs out of a request: by name; the only input may be unnamed; columns that the
/// model takes as one matrix are put together in their order.
///
/// # Errors
/// [`Failure::Input`] naming the input.
pub(in crate::adapters) fn inputs<'a>(
    declared: &'a [Declared],
    request: &Request,
) -> Result<Bound<'a>, Failure> {
    if let [only] = declared
        && !request.inputs.iter().any(|t| t.name == only.name)
    {
        let whole = match request.inputs.as_slice() {
            [tensor] if tensor.name.is_empty() => value(only, tensor)?,
            columns if columns.iter().all(|t| t.shape.len() == 1) => {
                value(only, &stacked(only, columns)?)?
            }
            others => return Err(unknown(declared, others)),
        };
        return Ok(vec![(only.name.as_str(), whole)]);
    }
    let mut bound = Vec::with_capacity(declared.len());
    for input in declared {
        match request.inputs.iter().find(|t| t.name == input.name) {
            Some(tensor) => bound.push((input.name.as_str(), value(input, tensor)?)),
            None => return Err(Failure::Input(format!("input `{}` is missing", input.name))),
        }
    }
    let strict = request.dialect == super::request::Dialect::Inference;
    if strict && request.inputs.len() > declared.len() {
        return Err(unknown(declared, &request.inputs));
    }
    Ok(bound)
}

fn unknown(declared: &[Declared], given: &[Tensor]) -> Failure {
    let names: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
    let odd = given.iter().find(|t| !names.contains(&t.name.as_str()));
    let odd = odd.map_or("", |t| t.name.as_str());
    Failure::Input(format!("the model has no input `{odd}`; it has {}", names.join(", ")))
}

/// Columns side by side, `[rows, columns]`.
fn stacked(input: &Declared, columns: &[Tensor]) -> Result<Tensor, Failure> {
    let rows = columns.first().map_or(0, Tensor::rows);
    let mut values = Vec::with_capacity(rows * columns.len());
    for row in 0..rows {
        for column in columns {
            let number = column.data.number(row).ok_or_else(|| {
                Failure::Input(format!("column `{}` is no number in row {row}", column.name))
            })?;
            values.push(number);
        }
    }
    Ok(Tensor {
        name: input.name.clone(),
        datatype: DataType::Fp64,
        shape: vec![rows, columns.len()],
        data: Data::Double(values),
    })
}

/// The shape to give the model: the caller's, or one of the model's rank with as many values.
fn fitted(input: &Declared, tensor: &Tensor) -> Result<Vec<i64>, Failure> {
    let fits = |shape: &[usize]| {
        shape.len() == input.shape.len()
            && shape.iter().zip(&input.shape).all(|(n, want)| want.is_none_or(|w| w == *n as u64))
    };
    let signed = |shape: &[usize]| shape.iter().map(|n| *n as i64).collect();
    if input.shape.is_empty() || fits(&tensor.shape) {
        return Ok(signed(&tensor.shape));
    }
    let column = [tensor.rows(), 1];
    let flat = [tensor.rows()];
    match tensor.shape.as_slice() {
        [_] if fits(&column) => Ok(signed(&column)),
        [_, 1] if fits(&flat) => Ok(signed(&flat)),
        found => {
            let want: Vec<String> =
                input.shape.iter().map(|n| n.map_or("-1".into(), |n| n.to_string())).collect();
            let (name, want) = (&input.name, want.join(", "));
            Err(Failure::Input(format!("input `{name}` has shape {found:?}, not [{want}]")))
        }
    }
}

fn value(input: &Declared, tensor: &Tensor) -> Result<SessionInputValue<'static>, Failure> {
    let shape = fitted(input, tensor)?;
    let data = &tensor.data;
    match input.datatype {
        DataType::Fp32 => primitive(shape, floats(input, data)?.map(|x| x as f32).collect()),
        DataType::Fp64 => primitive(shape, floats(input, data)?.collect::<Vec<f64>>()),
        DataType::Int64 => primitive(shape, whole::<i64>(input, data)?),
        DataType::Int32 => primitive(shape, whole::<i32>(input, data)?),
        DataType::Int16 => primitive(shape, whole::<i16>(input, data)?),
        DataType::Int8 => primitive(shape, whole::<i8>(input, data)?),
        DataType::Uint64 => primitive(shape, whole::<u64>(input, data)?),
        DataType::Uint32 => primitive(shape, whole::<u32>(input, data)?),
        DataType::Uint16 => primitive(shape, whole::<u16>(input, data)?),
        DataType::Uint8 => primitive(shape, whole::<u8>(input, data)?),
        DataType::Bool => primitive(shape, booleans(input, data)?),
        _ => text(input, shape, data),
    }
}

fn primitive<T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: Vec<i64>,
    values: Vec<T>,
) -> Result<SessionInputValue<'static>, Failure> {
    Value::from_array((shape, values)).map(Into::into).map_err(|e| Failure::Input(e.to_string()))
}

fn wrong(input: &Declared, what: &str) -> Failure {
    let (name, want) = (&input.name, input.datatype.protocol_name());
    Failure::Input(format!("input `{name}` is {want}, but {what}"))
}

fn floats<'d>(
    input: &Declared,
    data: &'d Data,
) -> Result<impl Iterator<Item = f64> + use<'d>, Failure> {
    if matches!(data, Data::Text(_)) {
        return Err(wrong(input, "text was given"));
    }
    Ok((0..data.len()).filter_map(|i| data.number(i)))
}

fn whole<T: TryFrom<i64>>(input: &Declared, data: &Data) -> Result<Vec<T>, Failure> {
    let narrow = |x: i64| T::try_from(x).map_err(|_| wrong(input, &format!("{x} was given")));
    match data {
        Data::Int(v) => v.iter().map(|x| narrow(*x)).collect(),
        Data::Bool(v) => v.iter().map(|x| narrow(i64::from(*x))).collect(),
        Data::Text(_) => Err(wrong(input, "text was given")),
        Data::Double(_) | Data::Single(_) => floats(input, data)?
            .map(|x| match x {
                x if x.is_nan() => Err(wrong(input, "null was given")),
                x if x.fract() == 0.0 && x.abs() < 9e15 => narrow(x as i64),
                x => Err(wrong(input, &format!("{x} was given"))),
            })
            .collect(),
    }
}

fn booleans(input: &Declared, data: &Data) -> Result<Vec<bool>, Failure> {
    whole::<i64>(input, data)?
        .into_iter()
        .map(|x| match x {
            0 => Ok(false),
            1 => Ok(true),
            x => Err(wrong(input, &format!("{x} was given"))),
        })
        .collect()
}

fn text(
    input: &Declared,
    shape: Vec<i64>,
    data: &Data,
) -> Result<SessionInputValue<'static>, Failure> {
    let made = match data {
        Data::Text(v) => Value::from_string_array((shape, v.as_slice())),
        data if data.len() == 0 => Value::from_string_array((shape, &[] as &[String])),
        _ => return Err(wrong(input, "text was not given")),
    };
    made.map(Into::into).map_err(|e| wrong(input, &e.to_string()))
}

/// Whether the first axis of the inputs counts rows, so that any number may be asked about.
pub(in crate::adapters) fn is_batched(inputs: &[Declared]) -> bool {
    inputs.iter().any(|t| matches!(t.shape.as_slice(), [None, _, ..]))
}

/// The model's outputs, whose shapes must be those that it declares; with `batch` they must have
/// this many rows, whatever is declared.
///
/// # Errors
/// [`Failure::Model`] naming the output.
pub(in crate::adapters) fn outputs(
    declared: &[Declared],
    found: &SessionOutputs<'_>,
    batch: Option<usize>,
) -> Result<Vec<Tensor>, Failure> {
    let one = |output: &Declared| {
        let value = found
            .get(&output.name)
            .ok_or_else(|| Failure::Model(format!("output `{}` is missing", output.name)))?;
        let tensor = extract(output, value)
            .map_err(|e| Failure::Model(format!("output `{}`: {}", output.name, e.message())))?;
        check_shape(output, &tensor, batch)?;
        Ok(tensor)
    };
    declared.iter().map(one).collect()
}

fn check_shape(output: &Declared, tensor: &Tensor, batch: Option<usize>) -> Result<(), Failure> {
    if output.shape.is_empty() {
        return Ok(());
    }
    let wanted = |(i, declared): (usize, &Option<u64>)| match batch {
        Some(rows) if i == 0 => Some(rows as u64),
        _ => *declared,
    };
    let fits = output.shape.len() == tensor.shape.len()
        && output
            .shape
            .iter()
            .enumerate()
            .map(wanted)
            .zip(&tensor.shape)
            .all(|(want, n)| want.is_none_or(|w| w == *n as u64));
    if fits {
        return Ok(());
    }
    let (name, shape) = (&output.name, &tensor.shape);
    let rows = batch.map(|rows| format!(" for {rows} rows")).unwrap_or_default();
    Err(Failure::Model(format!("output `{name}` has shape {shape:?}{rows}")))
}

fn extract(output: &Declared, value: &DynValue) -> ort::Result<Tensor> {
    let (shape, data) = match output.datatype {
        DataType::Fp32 if matches!(value.dtype(), ValueType::Sequence(_)) => {
            super::maps::extract(value)?
        }
        DataType::Fp32 => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (extents(shape), Data::Single(values.to_vec()))
        }
        DataType::Fp64 => {
            let (shape, values) = value.try_extract_tensor::<f64>()?;
            (extents(shape), Data::Double(values.to_vec()))
        }
        DataType::Int64 => integers::<i64>(value)?,
        DataType::Int32 => integers::<i32>(value)?,
        DataType::Int16 => integers::<i16>(value)?,
        DataType::Int8 => integers::<i8>(value)?,
        DataType::Uint32 => integers::<u32>(value)?,
        DataType::Uint16 => integers::<u16>(value)?,
        DataType::Uint8 => integers::<u8>(value)?,
        DataType::Uint64 => {
            let (shape, values) = value.try_extract_tensor::<u64>()?;
            (extents(shape), Data::Double(values.iter().map(|x| *x as f64).collect()))
        }
        DataType::Bool => {
            let (shape, values) = value.try_extract_tensor::<bool>()?;
            (extents(shape), Data::Bool(values.to_vec()))
        }
        _ => {
            let (shape, values) = value.try_extract_strings()?;
            (extents(shape), Data::Text(values))
        }
    };
    Ok(Tensor { name: output.name.clone(), datatype: output.datatype, shape, data })
}

fn integers<T: PrimitiveTensorElementType + Copy + Into<i64>>(
    value: &DynValue,
) -> ort::Result<(Vec<usize>, Data)> {
    let (shape, values) = value.try_extract_tensor::<T>()?;
    Ok((extents(shape), Data::Int(values.iter().map(|x| (*x).into()).collect())))
}

fn extents(shape: &Shape) -> Vec<usize> {
    shape.iter().map(|n| usize::try_from(*n).unwrap_or(0)).collect()
}
