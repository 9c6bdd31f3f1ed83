//! The files below a folder of an object store, or those that match a pattern: page after page.

use crate::adapters::objects::{Call, Link, Page};
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::domain::pattern::Pattern;
use crate::ports::source::Listed;

/// Most files that are looked at.
const MOST: usize = 1_000_000;
/// Most files that are fetched.
const MATCHES: usize = 10_000;

/// What the path of an address stands for.
struct Wanted {
    prefix: String,
    pattern: Option<Pattern>,
}

impl Wanted {
    fn of(path: &str) -> Self {
        let pattern = Pattern::is_in(path).then(|| match path.ends_with('/') {
            true => Pattern::new(&format!("{path}**")),
            false => Pattern::new(path),
        });
        Self { prefix: Pattern::before_wild(path).to_owned(), pattern }
    }

    /// Below a folder, what is hidden (`.…`) or put aside (`_…`) is left out, as on this machine.
    fn holds(&self, path: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches(path),
            None => {
                let below = path.strip_prefix(&self.prefix).unwrap_or_default();
                !below.split('/').any(|part| part.is_empty() || part.starts_with(['.', '_']))
            }
        }
    }
}

/// The files that `address` means. `call` asks for the page behind a mark of the list with a prefix.
pub(super) fn list(
    link: &Link<'_>,
    address: &Address,
    call: &dyn Fn(&str, Option<&str>) -> Result<Call>,
    read: &dyn Fn(&str) -> Result<Page>,
) -> Result<Vec<Listed>> {
    let (_, path) = address.parts();
    let wanted = Wanted::of(path);
    let mut found: Vec<Listed> = Vec::new();
    let mut mark: Option<String> = None;
    let mut looked = 0;
    loop {
        let text = link.text(&|| call(&wanted.prefix, mark.as_deref()))?;
        let page = read(&text)?;
        looked += page.files.len();
        let matching = page.files.into_iter().filter(|(path, _)| wanted.holds(path));
        found.extend(matching.map(|(path, size)| Listed { address: address.sibling(&path), size }));
        if looked > MOST || found.len() > MATCHES {
            return Err(too_many(looked, found.len()));
        }
        match page.next {
            Some(next) if Some(&next) != mark.as_ref() => mark = Some(next),
            _ => break,
        }
    }
    found.sort_by(|a, b| a.address.as_str().cmp(b.address.as_str()));
    Ok(found)
}

fn too_many(looked: usize, found: usize) -> Error {
    Error::usage(format!("{found} of {looked} files match so far, which is too many"))
        .hint(format!("name a longer prefix; at most {MATCHES} files are fetched at once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_patterns_choose_files() {
        let holds = |wanted: &str, path: &str| Wanted::of(wanted).holds(path);
        assert!(holds("logs/", "logs/a/b.csv"));
        assert!(!holds("logs/", "logs/_tmp/b.csv") && !holds("logs/", "logs/.hidden"));
        assert!(holds("logs/2026-*/p.csv", "logs/2026-11/p.csv"));
        assert!(!holds("logs/2026-*/p.csv", "logs/2026-11/x/p.csv"));
        assert!(holds("logs/**/*.csv", "logs/a/b/p.csv"));
        assert!(holds("logs/y=*/", "logs/y=1/b/p.csv"));
        assert_eq!(Wanted::of("logs/2026-*/p.csv").prefix, "logs/2026-");
    }
}
