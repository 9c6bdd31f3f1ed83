//! The agent's parser of logging commands: `##vso[area.event name=value;…]message`.

use std::collections::BTreeMap;

/// A command as the agent reads it from a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Before the point, in lower case: areas are compared without case.
    pub area: String,
    /// After it, in lower case.
    pub event: String,
    /// By name in lower case.
    pub properties: BTreeMap<String, String>,
    /// What follows the bracket.
    pub data: String,
}

/// The lines of an output, as the agent reads them: also a lone CR ends one.
pub fn lines(output: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = output;
    while let Some(at) = rest.find(['\r', '\n']) {
        found.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + 1 };
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

/// The command in a line, wherever it stands.
pub fn parse(line: &str) -> Option<Command> {
    let (_, after) = line.split_once("##vso[")?;
    let (head, data) = after.split_once(']')?;
    let (name, written) = head.split_once(' ').unwrap_or((head, ""));
    let mut parts = name.split('.');
    let (area, event) = (parts.next()?, parts.next()?);
    if area.is_empty() || event.is_empty() || parts.next().is_some() {
        return None;
    }
    let properties = written
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .map(|(name, value)| (name.trim().to_lowercase(), unescape(value)))
        .collect();
    Some(Command {
        area: area.to_lowercase(),
        event: event.to_lowercase(),
        properties,
        data: unescape(data),
    })
}

/// As the agent reads values and messages alike; the percent sign comes last.
fn unescape(text: &str) -> String {
    text.replace("%3B", ";")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%5D", "]")
        .replace("%AZP25", "%")
}

/// The opposite, for tests that write commands themselves.
pub fn escape(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace(';', "%3B")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_anywhere_in_a_line() {
        let command = parse("model x##vso[Task.SetVariable Variable=a;isOutput=true]b]c").unwrap();
        assert_eq!((command.area.as_str(), command.event.as_str()), ("task", "setvariable"));
        assert_eq!(command.properties["variable"], "a");
        assert_eq!(command.properties["isoutput"], "true");
        assert_eq!(command.data, "b]c");
    }

    #[test]
    fn what_is_no_command_is_none() {
        for line in ["##vso[task]x", "##vso [task.a]", "##vso[task.a", "##[task.a]", "##vso[.a]x"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn escaped_text_comes_back() {
        let hostile = "100%;]\r\n%AZP25%0A##vso[task.complete]";
        let line = format!("##vso[a.b c={}]{}", escape(hostile), escape(hostile));
        let command = parse(&line).unwrap();
        assert_eq!(command.properties["c"], hostile);
        assert_eq!(command.data, hostile);
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        assert_eq!(lines("a\rb\r\nc\n\nd"), ["a", "b", "c", "", "d"]);
    }
}
