//! How a step of GitHub Actions finds its binary: `actions/run.sh`.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::programs::{output, program};
use outerloop_tests::release::{Release, TARGETS, VERSION, sum};
use outerloop_tests::runner::{Log, environment_file, path_file};
use outerloop_tests::{Ran, repository_file};

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// A checkout of the actions in a folder whose name has spaces, and a runner's folders.
struct Checkout {
    folder: tempfile::TempDir,
}

impl Checkout {
    fn new(sums: &str) -> Self {
        let checkout = Self { folder: tempfile::tempdir().unwrap() };
        checkout.write("actions/SHA256SUMS", sums);
        let script = std::fs::read(repository_file("actions/run.sh")).unwrap();
        checkout.write("actions/run.sh", script);
        checkout.write(
            "Cargo.toml",
            "[workspace.package]\nversion = \"9.8.7\"\nrepository = \"https://github.com/acme/outerloop\"\n",
        );
        checkout.write("Cargo.lock", "");
        checkout.write("cli/main.rs", "fn main() {}");
        checkout.write("core/lib.rs", "");
        checkout
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("the action's folder")
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    fn program(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, text);
        let file = self.root().join(path);
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        file
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("tool cache")
    }

    fn cached(&self, arch: &str) -> PathBuf {
        self.cache().join("outerloop").join(VERSION).join(arch)
    }

    /// Files in the tool cache and in the job's own folder.
    fn kept(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        files_below(&self.cache(), &mut found);
        files_below(&self.folder.path().join("job"), &mut found);
        found.sort();
        found
    }

    /// A folder with only these programs, to be used as `PATH`.
    fn only(&self, names: &[&str]) -> PathBuf {
        let folder = self.folder.path().join(format!("only {}", names.join(" ")));
        if folder.is_dir() {
            return folder;
        }
        std::fs::create_dir_all(&folder).unwrap();
        let usual =
            "bash cat chmod find gzip mkdir mktemp mv rm sh sleep sort tar tr uname wc xargs";
        for name in usual.split(' ').chain(names.iter().copied()) {
            symlink(installed(name), folder.join(name)).unwrap();
        }
        folder
    }

    fn step(&self, verb: &str) -> Step {
        std::fs::create_dir_all(self.folder.path().join("job")).unwrap();
        let environment = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("HOME", self.folder.path().display().to_string()),
            ("PATH", self.only(&["curl", "openssl"]).display().to_string()),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_TEMP", self.folder.path().join("job").display().to_string()),
            ("RUNNER_TOOL_CACHE", self.cache().display().to_string()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let script = self.root().join("actions/run.sh");
        Step { script, verb: verb.to_owned(), environment: environment.into() }
    }

    fn step_from(&self, release: &Release) -> Step {
        self.step("validate").with("OUTERLOOP_DOWNLOAD_BASE", format!("{}/v9", release.server.url))
    }
}

fn installed(name: &str) -> PathBuf {
    std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("this test needs {name}"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

#[derive(Clone)]
struct Step {
    script: PathBuf,
    verb: String,
    environment: BTreeMap<String, String>,
}

impl Step {
    fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.insert(name.to_owned(), value.as_ref().display().to_string());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new("bash");
        command.arg(&self.script).arg(&self.verb).env_clear().envs(&self.environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self) -> Ran {
        let out = self.command().output().unwrap();
        Ran {
            code: out.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn runs(&self, target: &str) -> Ran {
        let ran = self.run().exits(4);
        assert_eq!(ran.stdout, format!("{target} was asked: step {}\n", self.verb));
        ran
    }
}

#[test]
fn the_variable_goes_first_and_is_said_to_be_unchecked() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let own = checkout.program("own/my outerloop", &Release::program("own"));
    checkout.step_from(&release).with("OUTERLOOP_BIN", own).runs("own").says("unchecked");
    assert!(release.server.take_calls().is_empty());
    checkout.step("show").with("OUTERLOOP_BIN", "/nowhere").run().exits(2).says("/nowhere");
}

#[test]
fn a_download_is_kept_for_later_steps() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let step = checkout.step_from(&release);
    step.runs(LINUX).says("downloading");
    let quiet = step.runs(LINUX);
    assert_eq!(quiet.stderr, "");
    let asked: Vec<_> = release.server.take_calls().iter().map(|call| call.line()).collect();
    assert_eq!(asked, [format!("GET /v9/outerloop-{VERSION}-{LINUX}.tar.gz")]);
    let expected = [checkout.cached("x64.complete"), checkout.cached("x64").join("outerloop")];
    assert_eq!(BTreeSet::from_iter(checkout.kept()), BTreeSet::from(expected));
}

#[test]
fn the_step_sees_the_whole_environment() {
    let checkout = Checkout::new("");
    let program = checkout.program("own/bin", "#!/usr/bin/env bash\nprintf '%s|' \"$INPUT_REF\" \"$(env -0 | tr '\\0' '\\n' | sed -n 's/^INPUT_A-B=//p')\"\n");
    let step = checkout.step("show").with("OUTERLOOP_BIN", program).with("INPUT_A-B", "dash");
    let path = std::env::var("PATH").unwrap();
    let ran = step.with("INPUT_REF", "x\ny $(z)").with("PATH", path).run().exits(0);
    assert_eq!(ran.stdout, "x\ny $(z)|dash|");
}

#[test]
fn a_wrong_checksum_is_refused_and_nothing_is_kept() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let name = format!("outerloop-{VERSION}-{LINUX}.tar.gz");
    let other = format!("outerloop-{VERSION}-aarch64-unknown-linux-gnu.tar.gz");
    let (expected, found) = {
        let files = &mut release.server.state().0;
        let right = files[&name].clone();
        files.insert(name, files[&other].clone());
        (sum(&right), sum(&files[&other]))
    };
    let cargo = checkout.program("with cargo/cargo", "#!/bin/sh\nexit 99\n");
    let path = format!(
        "{}:{}",
        cargo.parent().unwrap().display(),
        checkout.only(&["curl", "openssl"]).display()
    );
    let ran = checkout.step_from(&release).with("PATH", path).run().exits(3);
    let ran = ran.says(&expected).says(&found).says("refused");
    assert_eq!(ran.stdout, "");
    assert_eq!(release.server.take_calls().len(), 1);
    assert_eq!(checkout.kept(), [] as [PathBuf; 0]);
}

#[test]
fn a_program_that_is_not_listed_is_refused() {
    let release = Release::new();
    let archives: String = release
        .sums
        .lines()
        .filter(|l| l.ends_with(".tar.gz"))
        .fold(String::new(), |all, line| all + line + "\n");
    let checkout = Checkout::new(&archives);
    checkout.step_from(&release).run().exits(3).says("not listed");
    assert_eq!(checkout.kept(), [] as [PathBuf; 0]);
}

#[test]
fn a_changed_program_in_the_cache_is_refused_and_removed() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let step = checkout.step_from(&release);
    step.runs(LINUX);
    let file = checkout.cached("x64").join("outerloop");
    let evil = "#!/bin/sh\necho evil\n";
    std::fs::write(&file, evil).unwrap();
    let ran = step.run().exits(3).says(&sum(evil.as_bytes())).says("removed");
    assert_eq!(ran.stdout, "");
    assert_eq!(checkout.kept(), [] as [PathBuf; 0]);
    step.runs(LINUX);
}

#[test]
fn a_program_that_does_not_run_here_is_no_answer() {
    let release = Release::of(|_| "#!/bin/sh\necho 'GLIBC_9.9 not found' >&2\nexit 1\n".to_owned());
    let checkout = Checkout::new(&release.sums);
    let ran = checkout.step_from(&release).run().exits(3);
    ran.says("does not run on this machine").says("GLIBC_9.9").says("OUTERLOOP_BIN");
    assert_eq!(checkout.kept(), [] as [PathBuf; 0]);
}

#[test]
fn an_unfinished_place_in_the_cache_is_not_used() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let file = checkout.cached("x64").join("outerloop");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "half").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    checkout.step_from(&release).runs(LINUX).says("downloading");
}

#[test]
fn a_download_that_breaks_off_is_tried_again() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    release.server.inject(Rule::next(Fault::CutBefore));
    release.server.inject(Rule::next(Fault::Instead(Reply::empty(503))));
    checkout.step_from(&release).runs(LINUX);
    assert_eq!(release.server.take_calls().len(), 3);
}

#[test]
fn half_a_file_is_never_run() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let whole = release.server.state().0[&format!("outerloop-{VERSION}-{LINUX}.tar.gz")].clone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        for sent in [whole.len() / 2, whole.len()] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                whole.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&whole[..sent]).unwrap();
        }
    });
    let base = format!("http://{address}");
    checkout.step("validate").with("OUTERLOOP_DOWNLOAD_BASE", base).runs(LINUX);
    server.join().unwrap();
}

#[test]
fn a_release_that_is_not_there_is_asked_for_once() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    release.server.state().0.clear();
    let ran = checkout.step_from(&release).run().exits(3);
    ran.says("OUTERLOOP_DOWNLOAD_BASE").says("OUTERLOOP_BIN").says("no cargo");
    assert_eq!(release.server.take_calls().len(), 1);
    assert_eq!(checkout.kept(), [] as [PathBuf; 0]);
}

#[test]
fn many_steps_at_once_share_a_cache() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let step = checkout.step_from(&release);
    let children: Vec<_> = (0..12).map(|_| step.command().spawn().unwrap()).collect();
    for child in children {
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(4), "{said}");
        assert_eq!(out.stdout, format!("{LINUX} was asked: step validate\n").into_bytes());
    }
    assert_eq!(checkout.kept().len(), 2);
}

#[test]
fn a_cache_that_cannot_be_written_is_stood_in_for_by_the_jobs_folder() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    checkout.write("file", "");
    let step = checkout.step_from(&release);
    let step = step.with("RUNNER_TOOL_CACHE", checkout.root().join("file/below"));
    step.runs(LINUX).says("cannot be written");
    step.runs(LINUX);
    assert_eq!(release.server.take_calls().len(), 1);
    step.with("RUNNER_TEMP", checkout.root().join("file/too")).run().exits(3).says("writable");
}

#[test]
fn a_cache_that_somebody_filled_needs_no_network() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    checkout.step_from(&release).runs(LINUX);
    let read_only = PermissionsExt::from_mode(0o555);
    std::fs::set_permissions(checkout.cached("x64"), read_only).unwrap();
    let offline = checkout.step("validate").with("OUTERLOOP_DOWNLOAD_BASE", "http://127.0.0.1:1");
    offline.runs(LINUX);
    std::fs::set_permissions(checkout.cached("x64"), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn without_curl_wget_does_it_and_without_both_it_is_said() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    release.server.inject(Rule::next(Fault::CutBefore));
    let step = checkout.step_from(&release);
    step.clone().with("PATH", checkout.only(&["openssl"])).run().exits(3).says("neither curl nor");
    step.with("PATH", checkout.only(&["wget", "openssl"])).runs(LINUX);
}

#[test]
fn any_program_for_checksums_will_do() {
    let release = Release::new();
    let certutil = "#!/bin/bash\nprintf 'SHA256 hash of %s:\\r\\n%s\\r\\ndone.\\r\\n' \"$2\" \
                    \"$(\"$REAL\" <\"$2\" | cut -c1-64)\"\n";
    for tools in [&["sha256sum"][..], &["shasum", "perl"], &[]] {
        let checkout = Checkout::new(&release.sums);
        let mut path = checkout.only(&[&["curl"], tools].concat()).display().to_string();
        if tools.is_empty() {
            let fake = checkout.program("windows/certutil", certutil);
            let cut = checkout.only(&["curl", "cut"]);
            path = format!("{}:{}", fake.parent().unwrap().display(), cut.display());
        }
        let step = checkout.step_from(&release).with("PATH", path);
        let step = step.with("REAL", installed("sha256sum"));
        step.runs(LINUX);
        std::fs::write(checkout.cached("x64").join("outerloop"), "#!/bin/sh\n").unwrap();
        step.run().exits(3).says("refused");
    }
    let checkout = Checkout::new(&release.sums);
    let none = checkout.step_from(&release).with("PATH", checkout.only(&["curl"]));
    none.run().exits(3).says("install openssl");
}

#[test]
fn every_runner_gets_its_own_program() {
    let release = Release::new();
    let [mac_arm, linux_arm, mac, windows, linux] = TARGETS.map(|(target, _)| target);
    let said_by_runner = [
        ("Linux", "X64", "x64", linux),
        ("Linux", "ARM64", "arm64", linux_arm),
        ("macOS", "X64", "x64", mac),
        ("macOS", "ARM64", "arm64", mac_arm),
        ("Windows", "X64", "x64", windows),
        ("Windows", "ARM64", "x64", windows),
    ];
    for (system, processor, arch, target) in said_by_runner {
        let checkout = Checkout::new(&release.sums);
        let step = checkout.step_from(&release);
        step.with("RUNNER_OS", system).with("RUNNER_ARCH", processor).runs(target);
        assert!(checkout.cached(arch).is_dir(), "{system} {processor}");
    }
    let said_by_uname = [
        ("Linux", "x86_64", linux),
        ("Linux", "aarch64", linux_arm),
        ("Darwin", "x86_64", mac),
        ("Darwin", "arm64", mac_arm),
        ("MINGW64_NT-10.0-20348", "x86_64", windows),
        ("MSYS_NT-10.0", "aarch64", windows),
    ];
    for (system, processor, target) in said_by_uname {
        let checkout = Checkout::new(&release.sums);
        let uname = format!("#!/bin/sh\n[ \"$1\" = -m ] && echo {processor} || echo {system}\n");
        let fake = checkout.program("faked/uname", &uname);
        let step = checkout.step_from(&release).without("RUNNER_OS").without("RUNNER_ARCH");
        let path = format!("{}:{}", fake.parent().unwrap().display(), step.environment["PATH"]);
        step.with("PATH", path).runs(target);
    }
}

#[test]
fn a_checkout_that_is_not_whole_is_said() {
    let checkout = Checkout::new("");
    std::fs::remove_file(checkout.root().join("actions/SHA256SUMS")).unwrap();
    checkout.step("show").run().exits(3).says("SHA256SUMS is missing");
    let checkout = Checkout::new("");
    checkout.write("Cargo.toml", "");
    checkout.step("show").run().exits(3).says("which version");
}

#[test]
fn an_unknown_machine_is_told_what_to_do() {
    let checkout = Checkout::new(&Release::new().sums);
    for (name, value) in
        [("RUNNER_OS", "Plan9"), ("RUNNER_ARCH", "RISCV64"), ("RUNNER_ARCH", "X86")]
    {
        let ran = checkout.step("validate").with(name, value).run().exits(3);
        ran.says(value).says("OUTERLOOP_BIN");
    }
}

/// Stands in for `cargo install`: counts its calls and "builds" a program.
fn cargo(checkout: &Checkout) -> String {
    let text = "#!/usr/bin/env bash\n[ \"$1 $2\" = 'install --locked' ] || exit 97\n\
        [ -f Cargo.lock ] || exit 98\necho x >>\"$HOME/builds\"\n\
        while [ $# -gt 0 ]; do [ \"$1\" = --root ] && root=$2; shift; done\n\
        mkdir -p \"$root/bin\" && cp \"$HOME/built\" \"$root/bin/outerloop\" && chmod +x \"$root/bin/outerloop\"\n";
    std::fs::write(checkout.folder.path().join("built"), Release::program("built")).unwrap();
    let cargo = checkout.program("with cargo/cargo", text);
    let folder = cargo.parent().unwrap().display().to_string();
    format!("{folder}:{}", checkout.only(&["cp", "env", "openssl", "curl"]).display())
}

fn builds(checkout: &Checkout) -> usize {
    let file = checkout.folder.path().join("builds");
    std::fs::read_to_string(file).map_or(0, |text| text.lines().count())
}

#[test]
fn before_the_first_release_it_is_built_once_for_the_same_sources() {
    let checkout = Checkout::new("# empty before the first release\n");
    let step = checkout.step("validate").with("PATH", cargo(&checkout));
    step.runs("built").says("minutes");
    step.runs("built");
    assert_eq!(builds(&checkout), 1);
    checkout.write("core/lib.rs", "// changed");
    step.runs("built");
    assert_eq!(builds(&checkout), 2);
    let without = checkout.step("validate").with("PATH", checkout.only(&["openssl"]));
    without
        .with("RUNNER_TOOL_CACHE", checkout.root().join("other"))
        .run()
        .exits(3)
        .says("no cargo");
}

#[test]
fn a_build_that_was_damaged_in_the_cache_is_built_again() {
    let checkout = Checkout::new("");
    let step = checkout.step("validate").with("PATH", cargo(&checkout));
    step.runs("built");
    let program = checkout.kept().into_iter().find(|file| file.ends_with("outerloop")).unwrap();
    std::fs::write(program, "#!/bin/sh\necho evil\n").unwrap();
    step.runs("built");
    assert_eq!(builds(&checkout), 2);
}

#[test]
fn where_no_release_can_be_reached_it_is_built() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    release.server.state().0.clear();
    checkout.step_from(&release).with("PATH", cargo(&checkout)).runs("built");
    let folder = checkout.cache().join("outerloop");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let hidden = names.filter(|name| name.to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0, "a temporary folder was left");
}

#[test]
fn releases_come_from_github_also_for_a_server_of_ones_own() {
    let release = Release::new();
    for (name, repository) in [
        ("GITHUB_ACTION_REPOSITORY", "acme/fork"),
        ("OUTERLOOP_ACTION_REPOSITORY", "acme/fork"),
        ("GITHUB_ACTION_REPOSITORY", ""),
    ] {
        let checkout = Checkout::new(&release.sums);
        let curl = "#!/bin/sh\nfor last; do :; done\necho \"$last\" >\"$HOME/asked\"\nprintf 404\nexit 22\n";
        let fake = checkout.program("faked/curl", curl);
        let step = checkout.step("validate").with(name, repository);
        let path = format!("{}:{}", fake.parent().unwrap().display(), step.environment["PATH"]);
        step.with("PATH", path)
            .with("GITHUB_SERVER_URL", "https://github.acme.example")
            .run()
            .exits(3);
        let asked = std::fs::read_to_string(checkout.folder.path().join("asked")).unwrap();
        let owner = if repository.is_empty() { "acme/outerloop" } else { repository };
        let base = format!("https://github.com/{owner}/releases/download/v{VERSION}");
        assert_eq!(asked.trim(), format!("{base}/outerloop-{VERSION}-{LINUX}.tar.gz"));
    }
}

#[test]
fn setup_puts_the_program_on_the_path_of_later_steps() {
    let release = Release::new();
    let checkout = Checkout::new(&release.sums);
    let (path, output) = (checkout.root().join("path"), checkout.root().join("output"));
    let step = Step { verb: "setup".to_owned(), ..checkout.step_from(&release) };
    step.with("GITHUB_PATH", &path).with("GITHUB_OUTPUT", &output).run().exits(0);
    let folder = checkout.cached("x64").display().to_string();
    let read = |file: &Path| std::fs::read_to_string(file).unwrap();
    assert_eq!(path_file(&read(&path)), std::slice::from_ref(&folder));
    let outputs = environment_file(&read(&output)).unwrap();
    let expected = [("version", VERSION.to_owned()), ("path", format!("{folder}/outerloop"))];
    assert_eq!(outputs, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn text_from_outside_becomes_no_command() {
    let checkout = Checkout::new(&Release::new().sums);
    let hostile = "x\n::set-env name=PATH::/evil\r##[set-env name=PATH]/evil %0A::error::";
    let names = ["OUTERLOOP_BIN", "RUNNER_OS", "RUNNER_ARCH", "RUNNER_TOOL_CACHE"];
    // Bash of macOS is 3.2, which reads quotes inside of expansions differently.
    for (name, bash) in names.into_iter().flat_map(|name| [(name, "3.2"), (name, "5.0")]) {
        let step = checkout.step("validate").with("BASH_COMPAT", bash);
        let step = step.with("OUTERLOOP_DOWNLOAD_BASE", "http://127.0.0.1:1");
        let step = if name == "RUNNER_TOOL_CACHE" {
            step.with(name, format!("/dev/null/{hostile}")).with("RUNNER_TEMP", "/dev/null/x")
        } else {
            step.with(name, hostile)
        };
        let ran = step.run();
        let log = Log::read(&ran.stderr);
        let names: Vec<_> = log.commands.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(names, ["error"], "{}", ran.stderr);
        let said = &log.commands[0].data;
        let shown = if name == "RUNNER_TOOL_CACHE" { "writable" } else { "%0A::error::" };
        assert!(said.contains(shown), "{said}");
    }
}

#[test]
fn only_a_verb_is_run() {
    let checkout = Checkout::new("");
    let own = checkout.program("own/bin", &Release::program("own"));
    for verb in ["", "-h", "--version", "a b", "a\n::error::b", "../x"] {
        let step = checkout.step(verb).with("OUTERLOOP_BIN", &own);
        assert_eq!(step.run().exits(2).stdout, "");
    }
}

#[test]
#[ignore = "needs shellcheck: run cargo xtask test"]
fn shellcheck_finds_nothing() {
    let script = repository_file("actions/run.sh");
    let ran = output(program("shellcheck").arg("--enable=quote-safe-variables").arg(script));
    assert_eq!(ran.exits(0).stdout, "");
}
