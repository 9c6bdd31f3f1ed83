//! Checks of a body against what the API documents.

use serde_json::{Map, Value};

use super::answer::refusal;
use crate::fake::Reply;

/// The fields of an object: all of `required`, and beyond them only `optional`.
pub(super) fn object<'a>(
    value: &'a Value,
    required: &[&str],
    optional: &[&str],
) -> Result<&'a Map<String, Value>, Reply> {
    let map = value.as_object().ok_or_else(|| wrong("no object"))?;
    if let Some(missing) = required.iter().find(|name| !map.contains_key(**name)) {
        return Err(wrong(&format!("the field {missing} is missing")));
    }
    let known =
        |name: &&String| required.contains(&name.as_str()) || optional.contains(&name.as_str());
    match map.keys().find(|name| !known(name)) {
        Some(unknown) => Err(wrong(&format!("the field {unknown} is unknown"))),
        None => Ok(map),
    }
}

/// A text, of at most `most` UTF-16 units.
pub(super) fn text(map: &Map<String, Value>, name: &str, most: usize) -> Result<String, Reply> {
    let text = map.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| wrong(&format!("the field {name} is no text")))?;
    if text.encode_utf16().count() > most {
        return Err(wrong(&format!("the field {name} is longer than {most} characters")));
    }
    Ok(text.to_owned())
}

/// One of a few words.
pub(super) fn word(map: &Map<String, Value>, name: &str, words: &[&str]) -> Result<String, Reply> {
    let text = text(map, name, 100)?;
    if words.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(wrong(&format!("`{text}` is no {name}")))
}

/// The items of a list that is not empty.
pub(super) fn items<'a>(map: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Reply> {
    let items = map.get(name).and_then(Value::as_array).filter(|items| !items.is_empty());
    items.map(Vec::as_slice).ok_or_else(|| wrong(&format!("{name} is empty or no list")))
}

/// A body of the wrong shape.
pub(super) fn wrong(why: &str) -> Reply {
    refusal(400, "InvalidArgumentValueException", why).header("x-fake-violation", "shape")
}
