//! The index that pandas writes along into Parquet and Arrow files, as a column of a hidden name.

use std::path::Path;

use super::read::ReadOptions;
use super::told::tell;

/// Whether a column has the name that pandas gives to an index without one: `__index_level_0__`.
pub(crate) fn is_index(name: &str) -> bool {
    let level = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
    level.is_some_and(|level| !level.is_empty() && level.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a column of such a file is read: an index is not, unless somebody names it.
pub(super) fn wants(file: &Path, name: &str, options: &ReadOptions) -> bool {
    if !options.wants(name) {
        return false;
    }
    if !is_index(name) || options.names(name) {
        return true;
    }
    let file = file.display();
    tell(format!("{file}: column `{name}` is the index that pandas wrote along; it is left out"));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_known_by_its_name() {
        assert!(is_index("__index_level_0__") && is_index("__index_level_12__"));
        let others = ["index", "__index_level___", "__index_level_a__", "__index_level_0"];
        assert!(others.iter().all(|name| !is_index(name)));
    }
}
