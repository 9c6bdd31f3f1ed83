//! Processes that end between two calls of `git`, over a bare remote.

use std::path::PathBuf;
use std::sync::Arc;

use super::fixture::{clone, git, open, remote};
use super::{GitRegistry, Options};
use crate::adapters::clock::SystemClock;
use crate::conformance::cut_off::{self, System};
use crate::ports::registry::Registry;

/// One clone, whose `git` stops working after so many calls.
struct Clone {
    here: PathBuf,
    program: PathBuf,
    calls: PathBuf,
}

impl Clone {
    fn count(&self) -> usize {
        std::fs::read_to_string(&self.calls).unwrap().len()
    }
}

impl System for Clone {
    fn open(&self) -> Box<dyn Registry> {
        Box::new(open(&self.here))
    }

    fn ending(&self, calls: usize, done: bool) -> Box<dyn Registry> {
        use std::os::unix::fs::PermissionsExt as _;

        // A byte for each call.
        std::fs::write(&self.calls, "").unwrap();
        let last = if done { "git \"$@\" >/dev/null 2>&1" } else { ":" };
        let script = format!(
            "#!/bin/sh\nprintf . >> '{place}'\nn=$(wc -c < '{place}')\n\
             [ \"$n\" -le {calls} ] && exec git \"$@\"\n\
             [ \"$n\" -eq {next} ] && {last}\n\
             echo 'fatal: the remote end hung up unexpectedly' >&2\nexit 128\n",
            place = self.calls.display(),
            next = calls + 1,
        );
        std::fs::write(&self.program, script).unwrap();
        std::fs::set_permissions(&self.program, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(self.calls.with_extension("limit"), calls.to_string()).unwrap();
        let options = Options { program: self.program.clone(), ..Options::default() };
        Box::new(GitRegistry::open(&self.here, options, Arc::new(SystemClock)).unwrap())
    }

    fn ended(&self) -> bool {
        let limit = std::fs::read_to_string(self.calls.with_extension("limit")).unwrap();
        self.count() > limit.parse().unwrap()
    }
}

#[test]
fn a_process_that_ends_between_calls_leaves_nothing_half_visible() {
    let (folder, bare) = remote();
    let system = Clone {
        here: clone(&bare, "here", &[]),
        program: folder.path().join("git-that-ends"),
        calls: folder.path().join("calls"),
    };
    let old = folder.path().join("old");
    std::fs::create_dir(&old).unwrap();
    git(&old, &["init", "-q"]);
    cut_off::run(&system, &open(&old), 4);
}
