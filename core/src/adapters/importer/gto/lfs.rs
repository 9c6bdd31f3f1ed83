//! Files that Git LFS keeps: what is committed is a pointer, the bytes are in `.git/lfs/objects`.

use std::path::{Path, PathBuf};

use crate::domain::digest::Digest;

/// Pointers are small; a bigger file is none.
const LONGEST: usize = 1024;

/// The digest of the bytes that a pointer stands for.
pub(super) fn pointer(bytes: &[u8]) -> Option<Digest> {
    let text = str::from_utf8(bytes.get(..LONGEST.min(bytes.len()))?).ok()?;
    if bytes.len() > LONGEST || !text.starts_with("version https://git-lfs.github.com/spec/") {
        return None;
    }
    text.lines().find_map(|line| line.strip_prefix("oid "))?.trim().parse().ok()
}

/// Where the bytes are, when they were fetched; `common` is the repository's git folder.
pub(super) fn object(common: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    let folder = |from: usize| hex.get(from..from + 2).unwrap_or_default().to_owned();
    common.join("lfs/objects").join(folder(0)).join(folder(2)).join(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_from_files() {
        let digest = Digest::of(b"weights");
        let text = format!("version https://git-lfs.github.com/spec/v1\noid {digest}\nsize 7\n");
        assert_eq!(pointer(text.as_bytes()), Some(digest));
        assert_eq!(pointer(b"version 2"), None);
        assert_eq!(pointer(&[0xff; 10]), None);
        assert_eq!(pointer(format!("{text}{}", " ".repeat(LONGEST)).as_bytes()), None);
        let path = object(Path::new(".git"), &digest);
        let hex = digest.hex();
        assert!(path.ends_with(format!("{}/{}/{hex}", &hex[..2], &hex[2..4])), "{path:?}");
    }
}
