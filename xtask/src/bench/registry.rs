//! `show` and `register` with 5,000 versions, beside GTO with as many tags in the same repository,
//! and beside `git for-each-ref`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::timing;
use crate::environment::Python;
use crate::process::{Result, build, root, run as run_command};

const MODELS: usize = 10;
const VERSIONS: usize = 500;

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let gto = Python::with(&root().join("xtask/requirements/gto.txt"))?.bin.join("gto");
    let work = timing::folder("registry")?;
    prepare(&binary, &work)?;
    let here = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&work);
        command
    };
    let show = timing::median(11, || here(&binary, &["show"]))?;
    let one = timing::median(11, || here(&binary, &["show", "model-0"]))?;
    let mut number = 0;
    let register = timing::median(11, || {
        number += 1;
        let package = format!("package-{number}");
        here(&binary, &["register", "--name", "model-0", "--package", &package])
    })?;
    let refs = timing::median(11, || here(Path::new("git"), &["for-each-ref"]))?;
    let gto_show = timing::once(&mut here(&gto, &["show"]))?;
    let gto_register = timing::once(&mut here(&gto, &["register", "model-0"]))?;
    println!("{} versions of {MODELS} models", MODELS * VERSIONS);
    println!("git for-each-ref:   {:>9.1} ms", refs * 1e3);
    println!("outerloop show:     {:>9.1} ms", show * 1e3);
    println!("outerloop show one: {:>9.1} ms", one * 1e3);
    println!("gto show:           {:>9.1} ms   {:.0} times", gto_show * 1e3, gto_show / show);
    println!("outerloop register: {:>9.1} ms", register * 1e3);
    println!(
        "gto register:       {:>9.1} ms   {:.0} times",
        gto_register * 1e3,
        gto_register / register
    );
    Ok(())
}

/// A repository with the versions as our events and as GTO's tags, and packages to register.
fn prepare(binary: &Path, work: &Path) -> Result<()> {
    let git =
        |arguments: &[&str]| run_command(Command::new("git").args(arguments).current_dir(work));
    timing::repository(work)?;
    let fill = binary.with_file_name("fill-registry");
    let (models, versions) = (MODELS.to_string(), VERSIONS.to_string());
    run_command(Command::new(fill).arg(work).args([&models, &versions]))?;
    tag(work)?;
    // GTO registers one version of an artifact on a commit.
    git(&["commit", "--quiet", "--allow-empty", "-m", "next"])?;
    git(&["gc", "--quiet"])?;
    for number in 0..12 {
        let model = work.join(format!("model-{number}.bin"));
        std::fs::write(&model, format!("weights {number}")).map_err(|e| e.to_string())?;
        let package = format!("package-{number}");
        let mut command = Command::new(binary);
        command.args(["package", "--out", &package, "--model"]).arg(&model).current_dir(work);
        timing::once(&mut command)?;
    }
    Ok(())
}

/// Annotated tags in GTO's form, `model-0@v1.4.0`, through `git fast-import`.
fn tag(work: &Path) -> Result<()> {
    let mut stream = String::new();
    for model in 0..MODELS {
        for version in 0..VERSIONS {
            let name = format!("model-{model}@v1.{version}.0");
            let when = 1_700_000_000 + version;
            let _ = write!(
                stream,
                "tag {name}\nfrom refs/heads/main^0\ntagger acme <models@acme.example> {when} +0000\ndata 0\n\n"
            );
        }
    }
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(work)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("git fast-import: {e}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(stream.as_bytes()).map_err(|e| format!("git fast-import: {e}"))?;
    }
    let status = child.wait().map_err(|e| format!("git fast-import: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("git fast-import ended with {status}")) }
}
