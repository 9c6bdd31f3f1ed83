//! Arrow arrays as numbers and text. The columns that models have are few kinds; casting between
//! all kinds, as the `arrow-cast` crate does, would be a fifth of the whole build.

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{ArrowError, DataType, TimeUnit};
use jiff::Timestamp;
use jiff::civil::Date;

use super::table::NULL;

type Result<T> = std::result::Result<T, ArrowError>;

/// Numbers, moments (in their own unit since 1970) and decimals; a null is [`NULL`].
pub(super) fn numbers(array: &dyn Array) -> Result<Vec<f64>> {
    let mut found = Vec::with_capacity(array.len());
    append(array, &mut found).map(|()| found)
}

/// As [`numbers`], at the end of others.
pub(super) fn append(array: &dyn Array, to: &mut Vec<f64>) -> Result<()> {
    use DataType as D;
    match array.data_type() {
        D::Null => to.resize(to.len() + array.len(), NULL),
        D::Int8 => plain::<t::Int8Type>(array, to, f64::from),
        D::Int16 => plain::<t::Int16Type>(array, to, f64::from),
        D::Int32 => plain::<t::Int32Type>(array, to, f64::from),
        D::Int64 => plain::<t::Int64Type>(array, to, |v| v as f64),
        D::UInt8 => plain::<t::UInt8Type>(array, to, f64::from),
        D::UInt16 => plain::<t::UInt16Type>(array, to, f64::from),
        D::UInt32 => plain::<t::UInt32Type>(array, to, f64::from),
        D::UInt64 => plain::<t::UInt64Type>(array, to, |v| v as f64),
        D::Float16 => plain::<t::Float16Type>(array, to, f64::from),
        D::Float32 => plain::<t::Float32Type>(array, to, f64::from),
        D::Float64 => plain::<t::Float64Type>(array, to, |v| v),
        D::Decimal32(_, scale) => decimals::<t::Decimal32Type>(array, *scale, to, f64::from),
        D::Decimal64(_, scale) => decimals::<t::Decimal64Type>(array, *scale, to, |v| v as f64),
        D::Decimal128(_, scale) => decimals::<t::Decimal128Type>(array, *scale, to, |v| v as f64),
        D::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = numbers(dictionary.values().as_ref())?;
            to.extend(by_key(array, |key| values.get(key).copied()).map(|v| v.unwrap_or(NULL)));
        }
        _ => to.extend(whole(array)?.into_iter().map(|v| v.map_or(NULL, |v| v as f64))),
    }
    Ok(())
}

fn plain<T: ArrowPrimitiveType>(
    array: &dyn Array,
    to: &mut Vec<f64>,
    number: impl Fn(T::Native) -> f64,
) {
    let array = array.as_primitive::<T>();
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => to.extend(array.values().iter().map(|v| number(*v))),
        Some(nulls) => {
            let each = array.values().iter().zip(nulls);
            to.extend(each.map(|(v, is_there)| if is_there { number(*v) } else { NULL }));
        }
    }
}

fn decimals<T: ArrowPrimitiveType>(
    array: &dyn Array,
    scale: i8,
    to: &mut Vec<f64>,
    number: impl Fn(T::Native) -> f64,
) {
    let divisor = 10f64.powi(i32::from(scale));
    plain::<T>(array, to, |v| number(v) / divisor);
}

/// Whole numbers, and moments in their own unit.
fn whole(array: &dyn Array) -> Result<Vec<Option<i64>>> {
    use DataType as D;
    use TimeUnit as U;
    Ok(match array.data_type() {
        D::Int8 => exact::<t::Int8Type>(array, i64::from),
        D::Int16 => exact::<t::Int16Type>(array, i64::from),
        D::Int32 => exact::<t::Int32Type>(array, i64::from),
        D::Int64 => exact::<t::Int64Type>(array, |v| v),
        D::UInt8 => exact::<t::UInt8Type>(array, i64::from),
        D::UInt16 => exact::<t::UInt16Type>(array, i64::from),
        D::UInt32 => exact::<t::UInt32Type>(array, i64::from),
        D::Date32 => exact::<t::Date32Type>(array, i64::from),
        D::Date64 => exact::<t::Date64Type>(array, |v| v),
        D::Time32(U::Second) => exact::<t::Time32SecondType>(array, i64::from),
        D::Time32(_) => exact::<t::Time32MillisecondType>(array, i64::from),
        D::Time64(U::Microsecond) => exact::<t::Time64MicrosecondType>(array, |v| v),
        D::Time64(_) => exact::<t::Time64NanosecondType>(array, |v| v),
        D::Timestamp(U::Second, _) => exact::<t::TimestampSecondType>(array, |v| v),
        D::Timestamp(U::Millisecond, _) => exact::<t::TimestampMillisecondType>(array, |v| v),
        D::Timestamp(U::Microsecond, _) => exact::<t::TimestampMicrosecondType>(array, |v| v),
        D::Timestamp(U::Nanosecond, _) => exact::<t::TimestampNanosecondType>(array, |v| v),
        D::Duration(U::Second) => exact::<t::DurationSecondType>(array, |v| v),
        D::Duration(U::Millisecond) => exact::<t::DurationMillisecondType>(array, |v| v),
        D::Duration(U::Microsecond) => exact::<t::DurationMicrosecondType>(array, |v| v),
        D::Duration(U::Nanosecond) => exact::<t::DurationNanosecondType>(array, |v| v),
        other => return Err(ArrowError::CastError(format!("{other} is not read"))),
    })
}

fn exact<T: ArrowPrimitiveType>(
    array: &dyn Array,
    number: impl Fn(T::Native) -> i64,
) -> Vec<Option<i64>> {
    array.as_primitive::<T>().iter().map(|v| v.map(&number)).collect()
}

/// Text: strings as they are, booleans as `true` and `false`, whole numbers in full, dates and
/// time stamps as ISO 8601. Tells each value, or `None`, in order.
pub(super) fn texts(array: &dyn Array, tell: &mut dyn FnMut(Option<&str>)) -> Result<()> {
    use DataType as D;
    match array.data_type() {
        D::Null => (0..array.len()).for_each(|_| tell(None)),
        D::Utf8 => array.as_string::<i32>().iter().for_each(tell),
        D::LargeUtf8 => array.as_string::<i64>().iter().for_each(tell),
        D::Utf8View => array.as_string_view().iter().for_each(tell),
        D::Boolean => {
            let word = |v: bool| if v { "true" } else { "false" };
            array.as_boolean().iter().for_each(|v| tell(v.map(word)));
        }
        D::UInt64 => {
            let values = array.as_primitive::<t::UInt64Type>();
            values.iter().for_each(|v| tell(v.map(|v| v.to_string()).as_deref()));
        }
        D::Dictionary(..) => {
            let mut levels = Vec::new();
            let values = array.as_any_dictionary().values();
            texts(values.as_ref(), &mut |v| levels.push(v.map(str::to_owned)))?;
            by_key(array, |key| levels.get(key).and_then(Option::as_deref)).for_each(tell);
        }
        kind => {
            for value in whole(array)? {
                tell(value.map(|v| shown(kind, v)).as_deref());
            }
        }
    }
    Ok(())
}

/// What each key of a dictionary array stands for; `None` where there is none.
fn by_key<'a, T>(
    array: &'a dyn Array,
    value: impl Fn(usize) -> Option<T> + 'a,
) -> impl Iterator<Item = Option<T>> + 'a {
    let keys = array.as_any_dictionary().normalized_keys();
    (0..array.len()).map(move |row| if array.is_null(row) { None } else { value(keys[row]) })
}

/// A whole number or moment as text; one out of the calendar's range stays a number.
fn shown(kind: &DataType, value: i64) -> String {
    use TimeUnit as U;
    let stamp = match kind {
        DataType::Date32 => return day(value).unwrap_or_else(|| value.to_string()),
        DataType::Date64 => Timestamp::from_millisecond(value),
        DataType::Timestamp(U::Second, _) => Timestamp::from_second(value),
        DataType::Timestamp(U::Millisecond, _) => Timestamp::from_millisecond(value),
        DataType::Timestamp(U::Microsecond, _) => Timestamp::from_microsecond(value),
        DataType::Timestamp(U::Nanosecond, _) => Timestamp::from_nanosecond(value.into()),
        _ => return value.to_string(),
    };
    stamp.map_or_else(|_| value.to_string(), |stamp| stamp.to_string())
}

fn day(days: i64) -> Option<String> {
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok().map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    use arrow_array::{
        Date32Array, Decimal128Array, DictionaryArray, Float16Array, Int8Array, StringViewArray,
        TimestampMillisecondArray, UInt64Array,
    };

    use super::*;

    fn text_of(array: &dyn Array) -> Vec<Option<String>> {
        let mut out = Vec::new();
        texts(array, &mut |v| out.push(v.map(str::to_owned))).expect("reads");
        out
    }

    #[test]
    fn numbers_of_every_width_and_scale() {
        assert_eq!(numbers(&Int8Array::from(vec![-1, 2])).expect("reads"), [-1.0, 2.0]);
        let with_null = numbers(&UInt64Array::from(vec![Some(u64::MAX), None])).expect("reads");
        assert!(with_null[0] == u64::MAX as f64 && with_null[1].is_nan());
        let decimal = Decimal128Array::from(vec![12345]).with_precision_and_scale(10, 2);
        assert_eq!(numbers(&decimal.expect("fits")).expect("reads"), [123.45]);
        assert_eq!(numbers(&Float16Array::from(vec![half(0.5)])).expect("reads"), [0.5]);
    }

    fn half(value: f32) -> <t::Float16Type as ArrowPrimitiveType>::Native {
        <t::Float16Type as ArrowPrimitiveType>::Native::from_f32(value)
    }

    #[test]
    fn text_of_strings_days_and_stamps() {
        assert_eq!(
            text_of(&StringViewArray::from(vec!["a", "b"])),
            [Some("a".into()), Some("b".into())]
        );
        assert_eq!(text_of(&Date32Array::from(vec![19_723])), [Some("2024-01-01".into())]);
        let stamp = TimestampMillisecondArray::from(vec![Some(0), None]);
        assert_eq!(text_of(&stamp), [Some("1970-01-01T00:00:00Z".into()), None]);
        assert_eq!(text_of(&UInt64Array::from(vec![u64::MAX])), [Some(u64::MAX.to_string())]);
    }

    #[test]
    fn dictionaries_are_looked_up() {
        let array: DictionaryArray<t::Int32Type> =
            [Some("x"), None, Some("y"), Some("x")].into_iter().collect();
        let text = text_of(&array);
        assert_eq!(text, [Some("x".into()), None, Some("y".into()), Some("x".into())]);
        assert!(numbers(&array).is_err(), "text is no number");
    }
}
