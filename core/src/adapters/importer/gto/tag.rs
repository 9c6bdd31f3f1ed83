//! The names of GTO's tags: `name@v1.2.3`, `name#stage`, with `!` for taking it back and `#7` for the
//! seventh tag of its kind.

/// What a tag of GTO says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagName {
    /// The artifact, with `:` between its folder and its name.
    pub artifact: String,
    /// What is said of it.
    pub says: Says,
    /// The number at the end of the tag's name.
    pub counter: u64,
}

/// What is said of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// The artifact is not to be used any more.
    Deprecated,
    /// A version was registered.
    Registered(semver::Version),
    /// A version was taken back.
    Deregistered(semver::Version),
    /// A stage was given to the version at the tag's commit.
    Assigned(String),
    /// A stage was taken from it.
    Unassigned(String),
}

impl Says {
    /// Which comes first of tags of the same second, as GTO orders them.
    pub fn priority(&self) -> u8 {
        match self {
            Self::Deprecated => 2,
            Self::Registered(_) => 3,
            Self::Deregistered(_) => 4,
            Self::Assigned(_) => 5,
            Self::Unassigned(_) => 6,
        }
    }
}

/// What the name of a tag means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// GTO's.
    Gto(TagName),
    /// It looks like one of GTO's and is none, for this reason.
    Almost(&'static str),
    /// Somebody else's.
    Other,
}

/// Reads the name of a tag, without `refs/tags/`.
pub(super) fn parse(text: &str) -> Meaning {
    let Some(at) = text.find(['#', '@']) else { return Meaning::Other };
    let (artifact, rest) = text.split_at(at);
    if !is_artifact(artifact) {
        return Meaning::Other;
    }
    let (kind, body) = rest.split_at(1);
    let (body, counter) = match body.rsplit_once('#') {
        Some((body, number)) => match number.parse() {
            Ok(counter) => (body, counter),
            Err(_) => return Meaning::Almost("after the last `#` comes a number"),
        },
        None => (body, 0),
    };
    let (body, cancelled) = match body.strip_suffix('!') {
        Some(body) => (body, true),
        None => (body, false),
    };
    let says = if kind == "#" { stage(body, cancelled) } else { version(body, cancelled) };
    match says {
        Ok(says) => Meaning::Gto(TagName { artifact: artifact.replace('=', ":"), says, counter }),
        Err(meaning) => meaning,
    }
}

fn stage(body: &str, cancelled: bool) -> Result<Says, Meaning> {
    match (is_name(body), cancelled) {
        (false, _) => Err(Meaning::Almost("no stage has such a name")),
        (true, true) => Ok(Says::Unassigned(body.to_owned())),
        (true, false) => Ok(Says::Assigned(body.to_owned())),
    }
}

fn version(body: &str, cancelled: bool) -> Result<Says, Meaning> {
    if body == "deprecated" && !cancelled {
        return Ok(Says::Deprecated);
    }
    let Some(number) =
        body.strip_prefix('v').filter(|n| n.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Err(Meaning::Other);
    };
    match (semver::Version::parse(number), cancelled) {
        (Err(_), _) => Err(Meaning::Almost("GTO reads semantic versions only, such as v1.2.0")),
        (Ok(version), true) => Ok(Says::Deregistered(version)),
        (Ok(version), false) => Ok(Says::Registered(version)),
    }
}

fn is_artifact(text: &str) -> bool {
    let folder = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match text.split_once('=') {
        Some((dir, name)) => !dir.is_empty() && dir.chars().all(folder) && is_name(name),
        None => is_name(text),
    }
}

/// Letters, digits, `-`, `_` and `/`, with a letter or digit at both ends.
fn is_name(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(end)
        && text.ends_with(end)
        && text.chars().all(|c| end(c) || matches!(c, '-' | '_' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> TagName {
        match parse(text) {
            Meaning::Gto(tag) => tag,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn v(text: &str) -> semver::Version {
        semver::Version::parse(text).unwrap()
    }

    #[test]
    fn tags_are_read_as_gto_reads_them() {
        for (text, artifact, says, counter) in [
            ("acme@v1.2.3", "acme", Says::Registered(v("1.2.3")), 0),
            ("acme@v1.2.3-rc.1", "acme", Says::Registered(v("1.2.3-rc.1")), 0),
            ("acme@v1.2.3+x", "acme", Says::Registered(v("1.2.3+x")), 0),
            ("acme@v1.2.3#4", "acme", Says::Registered(v("1.2.3")), 4),
            ("acme@v1.2.3!", "acme", Says::Deregistered(v("1.2.3")), 0),
            ("acme@v1.2.3!#5", "acme", Says::Deregistered(v("1.2.3")), 5),
            ("acme#prod", "acme", Says::Assigned("prod".into()), 0),
            ("acme#prod#3", "acme", Says::Assigned("prod".into()), 3),
            ("acme#prod!#7", "acme", Says::Unassigned("prod".into()), 7),
            ("acme#3", "acme", Says::Assigned("3".into()), 0),
            ("acme@deprecated", "acme", Says::Deprecated, 0),
            ("acme@deprecated#2", "acme", Says::Deprecated, 2),
            ("some/dir=my/model@v0.0.1", "some/dir:my/model", Says::Registered(v("0.0.1")), 0),
        ] {
            assert_eq!(read(text), TagName { artifact: artifact.into(), says, counter }, "{text}");
        }
    }

    #[test]
    fn other_tags_are_told_from_tags_that_are_almost_right() {
        for text in ["v1.0.0", "release", "-acme@v1.0.0", "a b@v1.0.0", "me@home", "acme@created"] {
            assert_eq!(parse(text), Meaning::Other, "{text}");
        }
        for text in ["acme@v1", "acme@v1.2", "acme@v01.2.3", "acme#-x", "acme#prod#x"] {
            assert!(matches!(parse(text), Meaning::Almost(_)), "{text}");
        }
    }
}
