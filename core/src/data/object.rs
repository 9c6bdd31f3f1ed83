//! A JSON object as it is written: a key that stands twice is no mistake of JSON, but no row.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::domain::error::{Error, Result};

/// The object, and the first of its keys that stands twice.
pub(super) struct Object {
    pub(super) map: Map<String, Value>,
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
        from.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Object;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
        let mut found = Object { map: Map::new(), twice: None };
        while let Some(key) = access.next_key::<String>()? {
            match found.map.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(access.next_value()?);
                }
                Entry::Occupied(known) => {
                    found.twice.get_or_insert_with(|| known.key().clone());
                    access.next_value::<Value>()?;
                }
            }
        }
        Ok(found)
    }
}
