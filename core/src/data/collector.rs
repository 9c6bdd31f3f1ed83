//! What Azure Machine Learning's data collector writes: an event a line, with the rows of one
//! collection (`model_inputs`, `model_outputs`) of one request, joined by `correlationid`.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::content::Content;
use super::jsonl::Rows;
use super::object::{Any, Object, twice};
use super::part::{Part, PartColumn};
use super::read::ReadOptions;
use super::table::{Categories, Values};
use super::told::tell;
use crate::domain::error::{Error, Result};

/// Most bytes of a line that are read to tell an event from a row.
const LINE: u64 = 64 << 20;
/// Fields of an event that become columns where they are named.
const ENVELOPE: [&str; 4] = ["time", "correlationid", "xrequestid", "modelversion"];

/// Whether the first line of a file is an event of the collector; `head` is its beginning.
pub(super) fn is_collected(file: &Path, head: &[u8], content: Content) -> Result<bool> {
    let key = b"\"specversion\"";
    if !head.windows(key.len()).any(|w| w == key) {
        return Ok(false);
    }
    let mut line = Vec::new();
    let mut lines = content.reader(file)?.take(LINE);
    while line.trim_ascii().is_empty() {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(|e| content.broken(file, &e))? == 0 {
            return Ok(false);
        }
    }
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
    Ok(serde_json::from_slice::<Map<String, Value>>(line).is_ok_and(|event| is_event(&event)))
}

fn is_event(line: &Map<String, Value>) -> bool {
    let text = |key: &str| line.get(key).is_some_and(Value::is_string);
    text("specversion") && text("type") && text("correlationid")
}

/// What an event holds rows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collection {
    Inputs,
    Outputs,
}

impl Collection {
    /// By the last part of the event's type, which is the name of the collection.
    fn of(kind: &str) -> Option<Self> {
        match kind.rsplit('.').next() {
            Some("inputs" | "model_inputs") => Some(Self::Inputs),
            Some("outputs" | "model_outputs") => Some(Self::Outputs),
            _ => None,
        }
    }
}

/// The rows of one collection, and which of them belong to a request.
struct Side<'a> {
    rows: Rows<'a>,
    count: usize,
    requests: HashMap<String, Vec<usize>>,
    /// Requests in order of appearance.
    order: Vec<String>,
}

impl<'a> Side<'a> {
    fn new(rows: Rows<'a>) -> Self {
        Self { rows, count: 0, requests: HashMap::new(), order: Vec::new() }
    }

    fn push(&mut self, request: &str, row: Map<String, Value>, line: u64) -> Result<()> {
        self.rows.push(row, line)?;
        if !self.requests.contains_key(request) {
            self.order.push(request.to_owned());
        }
        self.requests.entry(request.to_owned()).or_default().push(self.count);
        self.count += 1;
        Ok(())
    }
}

/// Lines that give no rows.
#[derive(Debug, Default)]
struct LeftOut {
    /// Collections that are neither inputs nor outputs.
    others: u64,
    /// Payloads that are cut, or stored elsewhere.
    partial: u64,
    /// Events that came twice.
    again: u64,
}

struct Reader<'a> {
    options: &'a ReadOptions,
    inputs: Side<'a>,
    outputs: Side<'a>,
    seen: HashSet<String>,
    left: LeftOut,
}

/// Reads the files of a collector: a row for each row that was scored, with the columns of the
/// inputs and of the outputs. `time`, `correlationid`, `xrequestid` and `modelversion` of the events
/// become columns where `options` name them.
///
/// # Errors
/// A line that is no event; no request with both inputs and outputs, where there are both.
pub(super) fn read(files: &[(PathBuf, Content)], options: &ReadOptions) -> Result<Part> {
    let first = files.first().map_or(Path::new(""), |(file, _)| file);
    let mut reader = Reader {
        options,
        inputs: Side::new(Rows::new(first, options)),
        outputs: Side::new(Rows::new(first, options)),
        seen: HashSet::new(),
        left: LeftOut::default(),
    };
    for (file, content) in files {
        reader.file(file, *content)?;
    }
    reader.finish(first, files.len())
}

impl<'a> Reader<'a> {
    fn file(&mut self, file: &'a Path, content: Content) -> Result<()> {
        (self.inputs.rows.file, self.outputs.rows.file) = (file, file);
        let mut lines = content.reader(file)?;
        let (mut text, mut line) = (Vec::new(), 0);
        loop {
            text.clear();
            line += 1;
            if lines.read_until(b'\n', &mut text).map_err(|e| content.broken(file, &e))? == 0 {
                return Ok(());
            }
            let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii();
            if body.is_empty() {
                continue;
            }
            let event = match serde_json::from_slice(body) {
                Ok(Object { map, twice: None }) => map,
                Ok(Object { twice: Some(name), .. }) => return Err(twice(file, line, &name)),
                // The collector is still writing this line.
                Err(_) if line > 1 && !text.ends_with(b"\n") => return Ok(()),
                Err(e) => return Err(no_event(file, line, &e.to_string())),
            };
            if !is_event(&event) {
                return Err(no_event(
                    file,
                    line,
                    "it lacks `specversion`, `type` or `correlationid`",
                ));
            }
            self.event(event, file, line)?;
        }
    }

    fn event(&mut self, mut event: Map<String, Value>, file: &Path, line: u64) -> Result<()> {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(collection) = Collection::of(text("type")) else {
            self.left.others += 1;
            return Ok(());
        };
        let id = text("id");
        if !id.is_empty() && !self.seen.insert(format!("{collection:?} {id}")) {
            self.left.again += 1;
            return Ok(());
        }
        let request = text("correlationid").to_owned();
        if event.get("dataref").is_some_and(|v| !v.is_null()) || !is_whole(text("contentrange")) {
            self.left.partial += 1;
            return Ok(());
        }
        let data = event.remove("data").unwrap_or(Value::Null);
        let envelope: Vec<(&str, Value)> = ENVELOPE
            .into_iter()
            .filter(|name| self.options.names(name))
            .filter_map(|name| Some((name, event.remove(name)?)))
            .collect();
        let data = unpacked(data).ok_or_else(|| no_rows(file, line))?;
        if let Some(name) = data.twice {
            return Err(twice(file, line, &name));
        }
        for mut row in rows_of(data.value, collection).ok_or_else(|| no_rows(file, line))? {
            for (name, value) in &envelope {
                row.entry(*name).or_insert_with(|| value.clone());
            }
            let side = match collection {
                Collection::Inputs => &mut self.inputs,
                Collection::Outputs => &mut self.outputs,
            };
            side.push(&request, row, line)?;
        }
        Ok(())
    }

    fn finish(self, first: &Path, files: usize) -> Result<Part> {
        let Self { inputs, outputs, left, options, .. } = self;
        let said = said(first, files, &left);
        let both = inputs.count > 0 && outputs.count > 0;
        let (part, kept) = match (inputs.count, outputs.count) {
            _ if both => {
                let joined = Joined::of(&inputs, &outputs);
                if joined.rows.is_empty() {
                    return Err(nothing(first));
                }
                let kept = joined.in_words();
                (joined.part(inputs, outputs), kept)
            }
            (_, 0) => (inputs.rows.finish(), format!("inputs alone, {} rows", inputs.count)),
            _ => (outputs.rows.finish(), format!("outputs alone, {} rows", outputs.count)),
        };
        tell(format!("{said}{kept}"));
        Ok(match options.rows {
            Some(limit) if limit < part.rows => {
                let places: Vec<usize> = (0..limit).collect();
                picked(part, &places)
            }
            _ => part,
        })
    }
}

fn said(first: &Path, files: usize, left: &LeftOut) -> String {
    let more = if files > 1 { format!(" and {} more", files - 1) } else { String::new() };
    let mut said = format!("{}{more}: data collected by Azure Machine Learning: ", first.display());
    for (count, what) in [
        (left.others, "events of other collections"),
        (left.partial, "payloads that are cut or stored elsewhere"),
        (left.again, "events that came twice"),
    ] {
        if count > 0 {
            said.push_str(&format!("{count} {what} are left out; "));
        }
    }
    said
}

fn no_event(file: &Path, line: u64, why: &str) -> Error {
    Error::input(format!("{}:{line} is no event of the data collector: {why}", file.display()))
        .hint("read what was collected apart from other files; this one may be cut short")
}

fn no_rows(file: &Path, line: u64) -> Error {
    Error::input(format!("{}:{line}: `data` holds no rows", file.display()))
        .hint("the collector writes a list of objects; collect a data frame or a dictionary")
}

/// Whether `bytes 0-116/117` is all of it; what is not said is.
fn is_whole(range: &str) -> bool {
    let numbers = || -> Option<(u64, u64, u64)> {
        let (part, all) = range.strip_prefix("bytes ")?.split_once('/')?;
        let (from, to) = part.split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()?, all.parse().ok()?))
    };
    numbers().is_none_or(|(from, to, all)| from == 0 && to.checked_add(1).is_none_or(|n| n >= all))
}

/// A payload; a text may hold it as JSON.
fn unpacked(data: Value) -> Option<Any> {
    match data {
        Value::String(text) => serde_json::from_str(&text).ok(),
        value => Some(Any { value, twice: None }),
    }
}

/// The rows of a payload: objects, or values that have no name.
fn rows_of(data: Value, collection: Collection) -> Option<Vec<Map<String, Value>>> {
    let list = match data {
        Value::Array(list) => list,
        Value::Object(_) => vec![data],
        _ => return None,
    };
    let name = match collection {
        Collection::Inputs => "input",
        Collection::Outputs => "prediction",
    };
    let row = |value: Value| match value {
        Value::Object(row) => row,
        Value::Array(several) => {
            several.into_iter().enumerate().map(|(i, v)| (format!("{name}.{i}"), v)).collect()
        }
        single => Map::from_iter([(name.to_owned(), single)]),
    };
    Some(list.into_iter().map(row).collect())
}

/// Which input belongs to which output.
#[derive(Default)]
struct Joined {
    /// A row of the inputs and one of the outputs.
    rows: Vec<(usize, usize)>,
    requests: usize,
    /// Requests of which only inputs, or only outputs, are there.
    without_outputs: usize,
    without_inputs: usize,
    /// Requests with more inputs than outputs, or fewer.
    uneven: usize,
}

impl Joined {
    fn of(inputs: &Side<'_>, outputs: &Side<'_>) -> Self {
        let mut joined = Self::default();
        for (request, rows) in
            inputs.order.iter().filter_map(|r| Some((r, inputs.requests.get(r)?)))
        {
            match outputs.requests.get(request) {
                Some(answers) if answers.len() == rows.len() => {
                    joined.requests += 1;
                    joined.rows.extend(rows.iter().copied().zip(answers.iter().copied()));
                }
                Some(_) => joined.uneven += 1,
                None => joined.without_outputs += 1,
            }
        }
        let known = |request: &&String| inputs.requests.contains_key(*request);
        joined.without_inputs = outputs.order.iter().filter(|r| !known(r)).count();
        joined
    }

    fn in_words(&self) -> String {
        let (requests, rows) = (self.requests, self.rows.len());
        let mut said = format!("inputs and outputs of {requests} requests joined, {rows} rows");
        for (count, what) in [
            (self.without_outputs, "requests without outputs"),
            (self.without_inputs, "requests without inputs"),
            (self.uneven, "requests with another number of outputs than inputs"),
        ] {
            if count > 0 {
                said.push_str(&format!("; left out: {count} {what}"));
            }
        }
        said
    }

    /// The columns of both, side by side. An output named as an input becomes `outputs.NAME`.
    fn part(&self, inputs: Side<'_>, outputs: Side<'_>) -> Part {
        let (left, right): (Vec<usize>, Vec<usize>) = self.rows.iter().copied().unzip();
        let mut part = picked(inputs.rows.finish(), &left);
        let names: HashSet<String> = part.columns.iter().map(|c| c.name.clone()).collect();
        for mut column in picked(outputs.rows.finish(), &right).columns {
            if names.contains(&column.name) {
                if ENVELOPE.contains(&column.name.as_str()) {
                    continue;
                }
                column.name = format!("outputs.{}", column.name);
            }
            part.columns.push(column);
        }
        part
    }
}

fn nothing(first: &Path) -> Error {
    Error::input(format!(
        "{}: no collected output belongs to an input by its `correlationid`",
        first.display()
    ))
    .hint("read inputs and outputs of the same hours and of one deployment")
}

/// The rows at these places.
fn picked(part: Part, places: &[usize]) -> Part {
    let columns = part.columns.into_iter().map(|column| PartColumn {
        values: match column.values {
            Values::Number(v) => Values::Number(places.iter().map(|at| v[*at]).collect()),
            Values::Category(c) => Values::Category(Categories {
                codes: places.iter().map(|at| c.codes[*at]).collect(),
                levels: c.levels,
            }),
        },
        ..column
    });
    Part::of(&part.file, places.len(), columns.collect())
}

#[cfg(test)]
#[path = "collector_tests.rs"]
mod tests;
