//! Findings without the places of this machine, so that they read the same everywhere.

use std::path::Path;

use crate::domain::fetched::Fetched;
use crate::domain::verdict::Finding;

/// The findings with addresses instead of the files that were `fetched` from them, paths below `root` shortened to what stands below it, and each other of `files`
/// to its name.
pub(super) fn portable(
    findings: Vec<Finding>,
    root: &Path,
    files: &[&Path],
    fetched: &Fetched,
) -> Vec<Finding> {
    let mut shorter: Vec<(String, String)> = Vec::new();
    for file in files.iter().filter(|file| file.is_absolute()) {
        let below = file.strip_prefix(root).ok().map(Path::to_path_buf);
        let short = below.or_else(|| file.file_name().map(Into::into));
        if let Some(short) = short {
            shorter.push((file.display().to_string(), short.display().to_string()));
        }
    }
    let root = root.display().to_string();
    if root.len() > 1 {
        shorter.push((format!("{root}{}", std::path::MAIN_SEPARATOR), String::new()));
    }
    let change = |text: &mut String| {
        *text = fetched.told(text);
        for (long, short) in &shorter {
            if text.contains(long.as_str()) {
                *text = text.replace(long.as_str(), short);
            }
        }
    };
    let shortened = |mut finding: Finding| {
        change(&mut finding.message);
        finding.subject.iter_mut().chain(&mut finding.hint).for_each(change);
        finding.evidence.iter_mut().for_each(|figure| change(&mut figure.what));
        finding
    };
    findings.into_iter().map(shortened).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::domain::verdict::Verdict;

    #[test]
    fn places_of_this_machine_are_left_out() {
        let text = "/home/ada/m/data/p.csv and /mnt/x/q.csv and /home/ada/m/r.csv";
        let finding = Finding::new("leakage", "x", Verdict::Error, text).hint("/mnt/x/q.csv");
        let files = [Path::new("/home/ada/m/data/p.csv"), Path::new("/mnt/x/q.csv")];
        let finding = vec![finding];
        let found = portable(finding, Path::new("/home/ada/m"), &files, &Fetched::default());
        assert_eq!(found[0].message, "data/p.csv and q.csv and r.csv");
        assert_eq!(found[0].hint.as_deref(), Some("q.csv"));
    }
}
