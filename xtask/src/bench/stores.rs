//! A file of 256 MiB and one of 2 GB into an OCI registry and out of it, as whole processes of
//! `register` and `pull`, beside `curl` on the same registry.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::packaging::write_random;
use super::timing;
use crate::process::{Result, build, output, run as must_run};

/// Name and bytes of each file.
const FILES: [(&str, u64); 2] = [("256 MiB", 256 << 20), ("2 GB", 2_000_000_000)];

/// Measures.
///
/// # Errors
/// A program that is missing or fails.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let work = timing::folder("stores")?;
    let registry = Registry::start(&work)?;
    for (name, bytes) in FILES {
        let folder = work.join(bytes.to_string());
        std::fs::create_dir(&folder).map_err(|e| e.to_string())?;
        write_random(&folder.join("model.bin"), bytes)?;
        println!("{name}, docker-registry on this machine");
        ours(&binary, &folder, &registry.host)?;
        curl(&folder, &registry.host)?;
    }
    Ok(())
}

fn ours(binary: &Path, folder: &Path, host: &str) -> Result<()> {
    must_run(Command::new("git").args(["init", "--quiet"]).current_dir(folder))?;
    let yaml = format!("model: churn\nstore: {{url: 'oci://{host}/acme/models'}}\n");
    std::fs::write(folder.join("outerloop.yaml"), yaml).map_err(|e| e.to_string())?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command.args(arguments).current_dir(folder).stderr(Stdio::null());
        command.env("OUTERLOOP_ACTOR", "acme").env("DOCKER_CONFIG", folder);
        command
    };
    timing::once(&mut command(&["package", "--model", "model.bin"]))?;
    let (seconds, peak) = timing::once_with_peak(&mut command(&["register"]))?;
    println!("outerloop register: {seconds:.2} s; peak memory {} MB", peak / 1000);
    let pull = ["pull", "churn@1.0.0", "--out", "pulled"];
    let (seconds, peak) = timing::once_with_peak(&mut command(&pull))?;
    println!("outerloop pull:     {seconds:.2} s; peak memory {} MB", peak / 1000);
    Ok(())
}

/// One stream up under the digest, which `sha256sum` computes before, and one down.
fn curl(folder: &Path, host: &str) -> Result<()> {
    let begin = Instant::now();
    let sum = output(Command::new("sha256sum").arg("model.bin").current_dir(folder))?;
    let digest = sum.split_whitespace().next().unwrap_or_default().to_owned();
    let summed = begin.elapsed().as_secs_f64();
    let uploads = format!("http://{host}/v2/acme/curl/blobs/uploads/");
    let begin = Instant::now();
    let head = output(
        Command::new("curl")
            .args(["-sS", "-D", "-", "-o", "/dev/null"])
            .args(["-X", "POST", &uploads]),
    )?;
    let place = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().starts_with("location:").then(|| &line[9..]))
        .ok_or("the registry names no upload")?;
    let put = format!("{}&digest=sha256%3A{digest}", place.trim());
    let file = folder.join("model.bin");
    let mut up = Command::new("curl");
    up.args(["-sS", "--fail", "-T"]).arg(file).args(["-o", "/dev/null", &put]);
    timing::once(&mut up)?;
    let sent = begin.elapsed().as_secs_f64();
    let blob = format!("http://{host}/v2/acme/curl/blobs/sha256:{digest}");
    let mut down = Command::new("curl");
    down.args(["-sS", "--fail", "-o", "back.bin", &blob]).current_dir(folder);
    let got = timing::once(&mut down)?;
    println!("curl up:            {sent:.2} s; sha256sum before it {summed:.2} s");
    println!("curl down:          {got:.2} s");
    Ok(())
}

/// Debian's `docker-registry`, ended when it is dropped.
struct Registry {
    child: Child,
    host: String,
}

impl Registry {
    fn start(work: &Path) -> Result<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let host = free.local_addr().map_err(|e| e.to_string())?.to_string();
        drop(free);
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: '{}'}}}}\nhttp: {{addr: '{host}'}}\n",
            work.join("registry").display()
        );
        let file = work.join("registry.yml");
        std::fs::write(&file, config).map_err(|e| e.to_string())?;
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::null()).spawn().map_err(|e| {
            format!("docker-registry: {e}\n  hint: apt-get install docker-registry")
        })?;
        let registry = Self { child, host };
        let begin = Instant::now();
        while std::net::TcpStream::connect(&registry.host).is_err() {
            if begin.elapsed() > Duration::from_secs(20) {
                return Err("docker-registry does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
