//! Damaged files of every kind that is read: rows or an error that names the file and says what to
//! do, never a panic, and no more than some memory, whatever a length inside claims.

use std::process::Command;

use outerloop_tests::damage::KINDS;

/// Cases of each kind, unless the environment asks for another number.
const CASES: &str = "OUTERLOOP_DAMAGED_CASES";

/// Kilobytes of address space that reading a file of some kilobytes may take, with its threads.
const MEMORY: u64 = 4_000_000;

/// The program, with no more memory than [`MEMORY`] where the system can say so.
fn reader(kind: &str, count: u64) -> Command {
    let program = env!("CARGO_BIN_EXE_read-damaged");
    let arguments = [kind.to_owned(), "1".to_owned(), count.to_string()];
    let mut command = if cfg!(unix) {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -v {MEMORY}; exec \"$@\"");
        command.args(["-c", &limited, "sh", program]);
        command
    } else {
        Command::new(program)
    };
    command.args(arguments).env("RAYON_NUM_THREADS", "2");
    command
}

#[test]
fn damaged_files_are_read_or_refused_and_nothing_else() {
    let asked = std::env::var(CASES).ok();
    let count = asked.map_or(1500, |text| text.parse().expect("a number of cases"));
    for kinds in KINDS.chunks(4) {
        let running: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let mut command = reader(kind, count);
                let out = std::thread::spawn(move || command.output().expect("runs"));
                (kind, out)
            })
            .collect();
        for (kind, out) in running {
            let out = out.join().expect("ends");
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{kind}: {} {said}", out.status);
            println!("{kind}: {}", String::from_utf8_lossy(&out.stdout).trim());
        }
    }
}
