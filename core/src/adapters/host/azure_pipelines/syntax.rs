//! The only writer of Azure Pipelines' logging commands.
//!
//! Source: the documentation of logging commands and the agent's parser: it takes a command from
//! anywhere in a line of standard output or standard error, undoes `%0D`, `%0A`, in properties also
//! `%5D` and `%3B`, and at last `%AZP25`.

use super::super::defuse;

/// A logging command on a line of its own.
pub fn command(name: &str, properties: &[(&str, &str)], message: &str) -> String {
    let given = properties.iter().filter(|(_, value)| !value.is_empty());
    let written: String = given.map(|(key, value)| format!("{key}={};", property(value))).collect();
    let space = if written.is_empty() { "" } else { " " };
    format!("##vso[{name}{space}{written}]{}", data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

/// `text` so that no part of it is a command. What cannot be seen is shown as an escape, and a
/// backslash stands where a command would begin.
pub fn plain(text: &str) -> String {
    defuse::without(&defuse::without(&defuse::visible(text), "##vso"), "##")
}

/// The name of an input or output on Azure Pipelines: `dry-run` is `dryRun`.
pub fn camel_case(kebab: &str) -> String {
    let mut parts = kebab.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let mut rest = part.chars();
        name.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(rest.as_str());
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_camel_case() {
        assert_eq!(camel_case("dry-run"), "dryRun");
        assert_eq!(camel_case("exit-code"), "exitCode");
        assert_eq!(camel_case("ref"), "ref");
    }

    #[test]
    fn a_property_cannot_end_the_command() {
        let line =
            command("task.logissue", &[("type", "error"), ("sourcepath", "a];b\n%")], "x\ny");
        assert_eq!(line, "##vso[task.logissue type=error;sourcepath=a%5D%3Bb%0A%AZP25;]x%0Ay");
    }
}
