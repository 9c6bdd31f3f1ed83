//! The files that a step writes for the runner: `GITHUB_OUTPUT`, `GITHUB_ENV`, `GITHUB_PATH`.

/// The entries of `GITHUB_OUTPUT` or `GITHUB_ENV`, in order: `name=value`, or `name<<END`, lines, `END`.
///
/// # Errors
/// What the runner fails the step for: an entry without a name, or without its end.
pub fn environment_file(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut lines = text.split_inclusive('\n');
    let mut entries = Vec::new();
    while let Some(line) = lines.next() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let equals = line.find('=').unwrap_or(usize::MAX);
        let arrows = line.find("<<").unwrap_or(usize::MAX);
        if equals < arrows {
            entries.push(named(line, &line[..equals], line[equals + 1..].to_owned())?);
        } else if arrows < equals {
            let value = until(&line[arrows + 2..], &mut lines)?;
            entries.push(named(line, &line[..arrows], value)?);
        } else {
            return Err(format!("invalid format '{line}'"));
        }
    }
    Ok(entries)
}

fn named(line: &str, name: &str, value: String) -> Result<(String, String), String> {
    if name.is_empty() {
        return Err(format!("invalid format '{line}'. Name must not be empty"));
    }
    Ok((name.to_owned(), value))
}

fn until<'a>(end: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<String, String> {
    if end.is_empty() {
        return Err("delimiter must not be empty".to_owned());
    }
    let mut value = String::new();
    for line in lines {
        if line.strip_suffix('\n').unwrap_or(line) == end {
            return Ok(value.strip_suffix('\n').unwrap_or(&value).to_owned());
        }
        value.push_str(line);
    }
    Err(format!("matching delimiter not found '{end}'"))
}

/// The folders in `GITHUB_PATH`.
pub fn path_file(text: &str) -> Vec<String> {
    crate::agent::lines(text).into_iter().filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let text = "a=1=2\n\nb<<EOF\nx=y\n\nc<<Z\nEOF\nc<<END\nEND\n";
        let entries = environment_file(text).unwrap();
        let expected =
            [("a", "1=2"), ("b", "x=y\n\nc<<Z"), ("c", "")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(entries, expected);
    }

    #[test]
    fn what_breaks_the_step_is_an_error() {
        for text in ["no separator", "a<<END\nx\n", "=x", "<<E\nE\n", "a<<\n\n"] {
            assert!(environment_file(text).is_err(), "{text}");
        }
    }
}
