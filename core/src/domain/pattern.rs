//! Patterns of paths: `*` stands for any run of characters and `?` for one within a part of a path,
//! `**` for any number of parts.

/// Characters that make a path a pattern.
const WILD: [char; 2] = ['*', '?'];

/// A pattern, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    /// The pattern of a path whose parts are separated by `/`.
    pub fn new(path: &str) -> Self {
        Self { parts: path.split('/').map(str::to_owned).collect() }
    }

    /// Whether a path holds anything that stands for something else.
    pub fn is_in(path: &str) -> bool {
        path.contains(WILD)
    }

    /// What stands before the first character that stands for something else.
    pub fn before_wild(path: &str) -> &str {
        path.split(WILD).next().unwrap_or_default()
    }

    /// Whether the whole path fits.
    pub fn matches(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        let whole = |name: &&str| !is_aside(name);
        fits(&self.parts, &path, |p| p == "**", whole, |p, name| part_matches(p, name))
    }

    /// Whether something below the folder may fit.
    pub fn may_hold(&self, folder: &str) -> bool {
        let mut parts = self.parts.iter();
        for name in folder.split('/').filter(|n| !n.is_empty()) {
            match parts.next().map(String::as_str) {
                Some("**") => return true,
                Some(part) if part_matches(part, name) => {}
                _ => return false,
            }
        }
        parts.len() > 0
    }
}

/// What is hidden (`.…`) or put aside (`_…`).
fn is_aside(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

/// Whether one part of a path fits. What is hidden or put aside must be asked for.
fn part_matches(pattern: &str, name: &str) -> bool {
    if is_aside(name) && !is_aside(pattern) {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    fits(&pattern, &name, |p| *p == '*', |_| true, |p, c| *p == '?' || p == c)
}

/// Matches with one place to come back to: the last star. Takes at most the product of both lengths.
fn fits<P, N>(
    pattern: &[P],
    name: &[N],
    star: impl Fn(&P) -> bool,
    taken_by_star: impl Fn(&N) -> bool,
    same: impl Fn(&P, &N) -> bool,
) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(part) if star(part) => {
                back = Some((p + 1, n));
                p += 1;
            }
            Some(part) if same(part, &name[n]) => (p, n) = (p + 1, n + 1),
            _ => match back {
                Some((after, from)) if taken_by_star(&name[from]) => {
                    back = Some((after, from + 1));
                    (p, n) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
    pattern[p..].iter().all(star)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_runs_of_parts_are_matched() {
        for (pattern, path, fits) in [
            ("a/*.csv", "a/x.csv", true),
            ("a/*.csv", "a/b/x.csv", false),
            ("a/**/*.csv", "a/x.csv", true),
            ("a/**/*.csv", "a/b/c/x.csv", true),
            ("**", "a/b", true),
            ("a/2026-1?-*/p*t.csv", "a/2026-11-03/part.csv", true),
            ("a/2026-1?-*/p*t.csv", "a/2026-21-03/part.csv", false),
            ("*.csv", ".x.csv", false),
            ("_x*", "_x.csv", true),
            ("**/x.csv", "_delta_log/x.csv", false),
            ("**/_*/x.csv", "a/_delta_log/x.csv", true),
            ("*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("a", "a", true),
            ("a/*", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn folders_that_cannot_hold_anything_are_known() {
        let pattern = Pattern::new("a/b*/c.csv");
        assert!(pattern.may_hold("") && pattern.may_hold("a") && pattern.may_hold("a/bc"));
        assert!(
            !pattern.may_hold("x") && !pattern.may_hold("a/c") && !pattern.may_hold("a/b/c.csv")
        );
        assert!(Pattern::new("a/**").may_hold("a/b/c"));
        assert_eq!(Pattern::before_wild("a/b-*/c"), "a/b-");
    }
}
