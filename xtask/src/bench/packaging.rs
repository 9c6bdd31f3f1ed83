//! Packaging a 2 GB file, and the same bytes in eight files, beside `sha256sum`.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::timing::{self, Random};
use crate::process::{Result, build};

const BYTES: u64 = 2_000_000_000;

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let work = timing::folder("packaging")?;
    write_random(&work.join("model.bin"), BYTES)?;
    let several = work.join("model");
    std::fs::create_dir(&several).map_err(|e| e.to_string())?;
    for part in 0..8 {
        write_random(&several.join(format!("part-{part}.bin")), BYTES / 8)?;
    }
    compare("one file of 2 GB", &binary, &work, Path::new("model.bin"), &["model.bin".into()])?;
    let parts: Vec<_> = (0..8).map(|p| format!("model/part-{p}.bin")).collect();
    compare("eight files of 250 MB", &binary, &work, Path::new("model"), &parts)
}

fn compare(what: &str, binary: &Path, work: &Path, model: &Path, files: &[String]) -> Result<()> {
    let mut theirs = Vec::new();
    let mut ours = Vec::new();
    let mut peak = 0;
    for _ in 0..5 {
        theirs.push(timing::once(Command::new("sha256sum").args(files).current_dir(work))?);
        let mut command = Command::new(binary);
        command.arg("package").arg("--model").arg(model).args(["--out", "package"]);
        let (seconds, kilobytes) = timing::once_with_peak(command.current_dir(work))?;
        ours.push(seconds);
        peak = peak.max(kilobytes);
    }
    theirs.sort_by(f64::total_cmp);
    ours.sort_by(f64::total_cmp);
    let (theirs, ours) = (theirs[2], ours[2]);
    println!("{what}");
    println!("sha256sum:         {theirs:.2} s");
    println!(
        "outerloop package: {ours:.2} s   {:.2} times; peak memory {} MB",
        ours / theirs,
        peak / 1000
    );
    Ok(())
}

/// Writes a file of random bytes.
pub(super) fn write_random(path: &Path, bytes: u64) -> Result<()> {
    let error = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file =
        std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).map_err(error)?);
    let mut random = Random(path.as_os_str().len() as u64 + bytes);
    for _ in 0..bytes / 8 {
        file.write_all(&random.next().to_le_bytes()).map_err(error)?;
    }
    file.flush().map_err(error)
}
