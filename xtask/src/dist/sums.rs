//! The checksums of a release, as both wrappers want them: `actions/SHA256SUMS` for `run.sh`,
//! `pins.json` in each task for the shim.

use serde_json::{Map, Value, json};

use super::archive::Packed;
use super::release::Release;

/// The checksums of a release.
pub struct Sums<'a> {
    release: &'a Release,
    packed: &'a [Packed],
}

impl<'a> Sums<'a> {
    /// Those of `packed`.
    pub fn of(release: &'a Release, packed: &'a [Packed]) -> Self {
        Self { release, packed }
    }

    /// As `sha256sum --check` reads them. The programs inside are listed too, so that one in a tool
    /// cache can be checked without its archive.
    pub fn text(&self) -> String {
        let lines = self.packed.iter().map(|p| {
            format!("{}  {}\n{}  {}\n", p.archive_sum, p.archive, p.program_sum, p.program)
        });
        lines.collect()
    }

    /// As the shim reads them.
    pub fn pins(&self) -> Value {
        let pins = self.packed.iter().map(|p| {
            let pin = json!({"sha256": p.program_sum, "archive": p.archive_sum});
            (p.target.clone(), pin)
        });
        json!({
            "version": self.release.version,
            "download": self.release.download(),
            "binaries": pins.collect::<Map<_, _>>(),
        })
    }
}
