//! Lineage as a tree for a terminal and as a Mermaid flowchart for Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::markdown::is_deceptive;
use crate::domain::digest::Digest;
use crate::domain::lineage::{Lineage, Node};

/// The lineage as a tree, one event a line, ended by its time. Control characters and those that
/// turn the direction of text are replaced by U+FFFD.
pub fn text(lineage: &Lineage) -> String {
    let nodes: BTreeMap<Digest, &Node> = lineage.nodes.iter().map(|node| (node.id, node)).collect();
    let mut below: BTreeMap<Digest, Vec<&Node>> = BTreeMap::new();
    let mut led = BTreeSet::new();
    for edge in &lineage.edges {
        if let Some(node) = nodes.get(&edge.to) {
            below.entry(edge.from).or_default().push(node);
            led.insert(edge.to);
        }
    }
    let mut out = String::new();
    for node in lineage.nodes.iter().filter(|node| !led.contains(&node.id)) {
        line(&mut out, "", node);
        children(&mut out, &below, node.id, "");
    }
    out
}

fn children(out: &mut String, below: &BTreeMap<Digest, Vec<&Node>>, parent: Digest, indent: &str) {
    let Some((last, others)) = below.get(&parent).and_then(|nodes| nodes.split_last()) else {
        return;
    };
    for node in others {
        line(out, &format!("{indent}├─ "), node);
        children(out, below, node.id, &format!("{indent}│  "));
    }
    line(out, &format!("{indent}└─ "), last);
    children(out, below, last.id, &format!("{indent}   "));
}

fn line(out: &mut String, indent: &str, node: &Node) {
    let label: String =
        node.label.chars().map(|c| if is_deceptive(c) { '\u{fffd}' } else { c }).collect();
    let focus = if node.focus { " (this version)" } else { "" };
    let time = node.time.strftime("%Y-%m-%d %H:%M:%SZ");
    // Writing to a string does not fail.
    let _ = writeln!(out, "{indent}{} {label}{focus}  {time}", node.kind);
}

/// The lineage as a Mermaid flowchart, without the fence around it. Whatever could mean something
/// to Mermaid or HTML is written as a character code.
pub fn mermaid(lineage: &Lineage) -> String {
    let places: BTreeMap<Digest, usize> =
        lineage.nodes.iter().enumerate().map(|(i, node)| (node.id, i)).collect();
    let mut out = String::from("flowchart LR\n");
    for (i, node) in lineage.nodes.iter().enumerate() {
        let _ = writeln!(out, "  n{i}[\"{}<br/>{}\"]", node.kind, encode(&node.label));
    }
    for edge in &lineage.edges {
        if let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
            let _ = writeln!(out, "  n{from} -->|{}| n{to}", edge.relation);
        }
    }
    if let Some(i) = lineage.nodes.iter().position(|node| node.focus) {
        let _ = writeln!(out, "  classDef focus stroke-width:3px\n  class n{i} focus");
    }
    out
}

fn encode(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    for c in label.chars() {
        let c = if is_deceptive(c) { '\u{fffd}' } else { c };
        if c.is_ascii_alphanumeric() || " .,:@()[]-_/%+".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
