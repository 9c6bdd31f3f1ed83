//! The runner's parser of workflow commands: `::name key=value,…::data` at the start of a line, and
//! the older `##[name key=value;…]data` anywhere in it.

use std::collections::BTreeMap;

/// A command as the runner reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowCommand {
    /// Its name, in lower case.
    pub name: String,
    /// By name in lower case.
    pub properties: BTreeMap<String, String>,
    /// What follows.
    pub data: String,
}

/// The runner knows these; anything else between colons is text.
const KNOWN: [&str; 15] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// A step's output, read by the runner.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Commands that were carried out, in order.
    pub commands: Vec<WorkflowCommand>,
    /// Lines that are no commands, with masked texts hidden.
    pub text: Vec<String>,
    masks: Vec<String>,
    stopped_until: Option<String>,
}

impl Log {
    /// Reads a whole output.
    pub fn read(output: &str) -> Self {
        let mut log = Self::default();
        for line in crate::agent::lines(output) {
            log.line(line);
        }
        log
    }

    /// Commands of this name.
    pub fn named(&self, name: &str) -> Vec<&WorkflowCommand> {
        self.commands.iter().filter(|command| command.name == name).collect()
    }

    fn line(&mut self, line: &str) {
        let resume = self.stopped_until.as_deref();
        let Some(command) = parse(line, resume) else {
            self.show(line);
            return;
        };
        match resume {
            Some(token) if command.name == token => self.stopped_until = None,
            Some(_) => self.show(line),
            None => self.carry_out(command),
        }
    }

    fn show(&mut self, line: &str) {
        let hide = |text: String, mask: &String| text.replace(mask.as_str(), "***");
        self.text.push(self.masks.iter().fold(line.to_owned(), hide));
    }

    fn carry_out(&mut self, command: WorkflowCommand) {
        match command.name.as_str() {
            "stop-commands" => self.stopped_until = Some(command.data.to_lowercase()),
            "add-mask" => {
                let lines = crate::agent::lines(&command.data).into_iter().map(str::to_owned);
                self.masks.extend(lines.filter(|line| !line.trim().is_empty()));
            }
            _ => {}
        }
        self.commands.push(command);
    }
}

fn parse(line: &str, resume: Option<&str>) -> Option<WorkflowCommand> {
    current(line, resume).or_else(|| older(line, resume))
}

fn current(line: &str, resume: Option<&str>) -> Option<WorkflowCommand> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    command(head, ',', data, resume, unescape_property, unescape_data)
}

fn older(line: &str, resume: Option<&str>) -> Option<WorkflowCommand> {
    let (head, data) = line.split_once("##[")?.1.split_once(']')?;
    command(head, ';', data, resume, unescape_older, unescape_older)
}

fn command(
    head: &str,
    separator: char,
    data: &str,
    resume: Option<&str>,
    unescape_property: fn(&str) -> String,
    unescape_data: fn(&str) -> String,
) -> Option<WorkflowCommand> {
    let (name, written) = head.split_once(' ').unwrap_or((head, ""));
    let name = name.to_lowercase();
    if !KNOWN.contains(&name.as_str()) && resume != Some(name.as_str()) {
        return None;
    }
    let properties = written
        .trim()
        .split(separator)
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .map(|(name, value)| (name.to_lowercase(), unescape_property(value)))
        .collect();
    Some(WorkflowCommand { name, properties, data: unescape_data(data) })
}

/// The percent sign comes last in each of them.
fn unescape_data(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

fn unescape_property(text: &str) -> String {
    let lines = text.replace("%0D", "\r").replace("%0A", "\n");
    lines.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
}

fn unescape_older(text: &str) -> String {
    let lines = text.replace("%3B", ";").replace("%0D", "\r").replace("%0A", "\n");
    lines.replace("%5D", "]").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_begins_its_line_after_white_space() {
        let log = Log::read("\u{a0} ::Error title=a%3Ab,file=x::bad%0A%25\nsays ::error::no\n");
        assert_eq!(log.commands.len(), 1);
        assert_eq!(log.commands[0].properties["title"], "a:b");
        assert_eq!(log.commands[0].data, "bad\n%");
        assert_eq!(log.text, ["says ::error::no"]);
    }

    #[test]
    fn the_older_form_is_found_anywhere() {
        let log = Log::read("model ##[set-env name=PATH]/evil\n##[section]text");
        assert_eq!(log.commands.len(), 1);
        assert_eq!(log.commands[0].data, "/evil");
    }

    #[test]
    fn a_lone_carriage_return_begins_a_line() {
        assert_eq!(Log::read("text\r::error::x").commands.len(), 1);
    }

    #[test]
    fn stopped_commands_are_text_until_the_token() {
        let log = Log::read("::stop-commands::T0k\n::error::a\n::t0k::\n::error::b");
        let errors: Vec<_> = log.named("error").iter().map(|c| c.data.clone()).collect();
        assert_eq!(errors, ["b"]);
    }

    #[test]
    fn a_mask_hides_from_here_on() {
        assert_eq!(Log::read("s3\n::add-mask::s3\na s3").text, ["s3", "a ***"]);
    }

    #[test]
    fn unknown_names_are_text() {
        assert!(Log::read("::model::x\n::set_output name=a::b\n::error").commands.is_empty());
    }
}
