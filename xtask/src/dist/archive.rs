//! The archive of one target: the program, the licences, the README.

use std::path::Path;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::binaries::Built;
use super::release::{Release, write};
use crate::process::{Result, root};

/// Beside the program, in this order.
const TEXTS: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// An archive and what is in it.
pub struct Packed {
    /// The compiler's name of the target.
    pub target: String,
    /// File name of the archive.
    pub archive: String,
    /// SHA-256 of the archive.
    pub archive_sum: String,
    /// Path of the program inside.
    pub program: String,
    /// SHA-256 of the program.
    pub program_sum: String,
}

/// Writes the archive into `folder`.
pub fn pack(release: &Release, built: &Built, folder: &Path) -> Result<Packed> {
    let name = release.name(&built.target);
    let archive = format!("{name}.tar.gz");
    let bytes = compressed(release, built, &name).map_err(|e| format!("{archive}: {e}"))?;
    write(folder, &archive, &bytes)?;
    Ok(Packed {
        target: built.target.clone(),
        archive_sum: sum(&bytes),
        archive,
        program: format!("{name}/{}", built.file_name),
        program_sum: sum(&built.bytes),
    })
}

/// SHA-256 in hexadecimal digits.
fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nothing in it depends on the machine or the hour: owner 0, one time, no name in gzip's header.
fn compressed(release: &Release, built: &Built, name: &str) -> std::io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).operating_system(255);
    let mut tar = Builder::new(gzip.write(Vec::new(), Compression::best()));
    for text in TEXTS {
        let bytes = std::fs::read(root().join(text))?;
        tar.append_data(
            &mut header(release, 0o644, bytes.len()),
            format!("{name}/{text}"),
            &*bytes,
        )?;
    }
    let mut program = header(release, 0o755, built.bytes.len());
    tar.append_data(&mut program, format!("{name}/{}", built.file_name), &*built.bytes)?;
    tar.into_inner()?.finish()
}

fn header(release: &Release, mode: u32, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(mode);
    header.set_mtime(release.time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size as u64);
    header
}
