//! Where a setting stands in a configuration file, for messages that are shown there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::domain::metric::canonical_name;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// Where the key at `path` (`["retrain", "when"]`) is written, in block or in flow style; where
/// only its beginning is written, the last key that is. None: not even the first, or `text` is not
/// YAML.
pub fn key(text: &str, path: &[&str]) -> Option<Spot> {
    let mut node: Node = serde_saphyr::from_str(text).ok()?;
    let mut found = None;
    for part in path {
        let Some((at, child)) = node.into_entry(part) else { break };
        found = Some(at);
        node = child;
    }
    found
}

/// Where the setting of a gate is written: the item of its list that names the metric `subject`,
/// else its key, else `gates`.
pub fn gate(text: &str, gate: &str, subject: Option<&str>) -> Option<Spot> {
    let item = || {
        let root: Node = serde_saphyr::from_str(text).ok()?;
        let (_, list) = root.into_entry("gates")?.1.into_entry(gate)?;
        let metric = canonical_name(subject?);
        list.items.into_iter().find_map(|(at, item)| {
            let (_, named) = item.into_entry("metric")?;
            (canonical_name(&named.text?) == metric).then_some(at)
        })
    };
    item().or_else(|| key(text, &["gates", gate]))
}

/// A YAML node with the places of its keys and items.
#[derive(Debug, Default)]
struct Node {
    entries: Vec<(Spot, String, Node)>,
    items: Vec<(Spot, Node)>,
    text: Option<String>,
}

impl Node {
    fn into_entry(self, name: &str) -> Option<(Spot, Self)> {
        self.entries.into_iter().find(|(_, key, _)| key == name).map(|(at, _, node)| (at, node))
    }

    fn scalar(text: impl ToString) -> Self {
        Self { text: Some(text.to_string()), ..Self::default() }
    }
}

fn spot(at: Location) -> Spot {
    let from_one = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    Spot { line: from_one(at.line()), column: from_one(at.column()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut node = Node::default();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            node.entries.push((spot(key.referenced), key.value, map.next_value()?));
        }
        Ok(node)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut node = Node::default();
        while let Some(item) = list.next_element::<Spanned<Node>>()? {
            node.items.push((spot(item.referenced), item.value));
        }
        Ok(node)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::scalar(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::scalar(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::scalar(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::scalar(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Deserialize::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "\
# gates: not here
model: acme
note: |
  gates:
    absolute: no
gates:
  absolute:
    - {metric: roc-auc, min: 0.85}
    - metric: test.f1-macro
      min: 0.7
  signature:
  size: {max: 1MB}
";

    fn at(text: &str, id: &str, subject: Option<&str>) -> Option<(usize, usize)> {
        gate(text, id, subject).map(|spot| (spot.line, spot.column))
    }

    #[test]
    fn a_gate_is_found_at_its_metric_else_at_its_key() {
        assert_eq!(at(BLOCK, "absolute", Some("roc-auc")), Some((8, 7)));
        assert_eq!(at(BLOCK, "absolute", Some("test.f1-macro")), Some((9, 7)));
        assert_eq!(at(BLOCK, "absolute", Some("brier")), Some((7, 3)));
        assert_eq!(at(BLOCK, "signature", Some("age")), Some((11, 3)));
        assert_eq!(at(BLOCK, "size", None), Some((12, 3)));
        assert_eq!(at(BLOCK, "digest", None), Some((6, 1)));
    }

    #[test]
    fn flow_style_and_other_names_of_a_metric_are_understood() {
        let text =
            "model: a\ngates: {superiority: [{metric: brier}, {metric: auc}], size: {max: 1}}\n";
        assert_eq!(at(text, "superiority", Some("roc-auc")), Some((2, 40)));
        assert_eq!(at(text, "size", None), Some((2, 56)));
    }

    #[test]
    fn what_is_not_written_has_no_place() {
        assert_eq!(key("model: a\n", &["gates"]), None);
        assert_eq!(key("a: [", &["a"]), None);
        assert_eq!(key("", &["a"]), None);
        let spot = key("retrain:\n  when: {age: 90d}\n", &["retrain", "when", "age"]);
        assert_eq!(spot, Some(Spot { line: 2, column: 10 }));
    }
}
