//! A JSON object as it is written: a key that stands twice is no mistake of JSON, but no row.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::domain::error::{Error, Result};

/// The object, and the first key that stands twice in it or in an object within.
pub(super) struct Object {
    pub(super) map: Map<String, Value>,
    pub(super) twice: Option<String>,
}

/// Any value, and the first key that stands twice in an object within.
pub(super) struct Any {
    pub(super) value: Value,
    pub(super) twice: Option<String>,
}

/// An error for a key that stands twice in a line.
pub(super) fn twice(file: &Path, line: u64, name: &str) -> Error {
    let (file, name) = (file.display(), name.escape_debug());
    Error::input(format!("{file}:{line} names column `{name}` twice in one object"))
        .hint("give each column its own name, and each row one value of it")
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut twice = None;
        let map = from.deserialize_map(Keys(&mut twice))?;
        Ok(Self { map, twice })
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut twice = None;
        let value = Values(&mut twice).deserialize(from)?;
        Ok(Self { value, twice })
    }
}

/// Reads an object and notes the first key that stands twice.
struct Keys<'a>(&'a mut Option<String>);

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            match map.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(access.next_value_seed(Values(self.0))?);
                }
                Entry::Occupied(known) => {
                    self.0.get_or_insert_with(|| known.key().clone());
                    access.next_value::<Value>()?;
                }
            }
        }
        Ok(map)
    }
}

/// Reads any value and notes the first key that stands twice.
struct Values<'a>(&'a mut Option<String>);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(Values(self.0))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        Keys(self.0).visit_map(access).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_noted_wherever_it_is_and_nothing_else_differs() {
        for (text, twice) in [
            (r#"{"a": 1, "a": 2}"#, Some("a")),
            (r#"{"inputs": {"age": [1], "age": [2]}}"#, Some("age")),
            (r#"{"x": [[{"b": null, "c": {"d": 1, "d": 2}}]], "x": 1}"#, Some("d")),
            (r#"{"a": {"b": 1}, "b": {"a": 1}, "c": [{"b": 1}, {"b": 2}]}"#, None),
        ] {
            let object: Object = serde_json::from_str(text).expect(text);
            assert_eq!(object.twice.as_deref(), twice, "{text}");
        }
        let text = r#"{"n": null, "t": true, "i": -7, "u": 18446744073709551615, "f": 0.1,
            "e": 1e300, "s": "a\u00e4\n", "l": [1, [], {}], "o": {"z": 1, "a": -0.0}}"#;
        let found: Any = serde_json::from_str(text).expect("JSON");
        assert_eq!(
            found.value.to_string(),
            serde_json::from_str::<Value>(text).unwrap().to_string()
        );
        assert!(
            serde_json::from_str::<Object>("[1]").is_err_and(|e| e.to_string().contains("map"))
        );
    }
}
