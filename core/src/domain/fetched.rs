//! Files that stand here for a while for data on other machines, and how people know them.

use std::path::Path;

/// Which path of this machine stands for which address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Longest path first, so that none is taken for the beginning of another.
    places: Vec<(String, String)>,
}

impl Fetched {
    /// Notes that the file, the folder or the pattern `local` stands for `shown`.
    pub fn note(&mut self, local: &Path, shown: impl ToString) {
        self.places.push((local.display().to_string(), shown.to_string()));
        self.places.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    /// Takes over what another one notes.
    pub fn extend(&mut self, other: Self) {
        self.places.extend(other.places);
        self.places.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    /// `text` with addresses instead of paths.
    pub fn told(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (local, shown) in &self.places {
            if text.contains(local.as_str()) {
                text = text.replace(local.as_str(), shown);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_addresses() {
        let mut fetched = Fetched::default();
        fetched.note(Path::new("/t/a.csv"), "s3://acme/a.csv");
        fetched.note(Path::new("/t/a.csv.gz"), "s3://acme/b.csv.gz");
        let told = fetched.told("/t/a.csv.gz:3 is not /t/a.csv");
        assert_eq!(told, "s3://acme/b.csv.gz:3 is not s3://acme/a.csv");
    }
}
