//! How a task of Azure Pipelines finds, checks and starts its binary: `tasks/shim`.
#![cfg(unix)]

use outerloop_tests::agent::{Agent, AgentResult, Completion};
use outerloop_tests::release::{VERSION, sum};
use outerloop_tests::task::Task;

const STEP: &str = "#!/bin/sh\necho \"asked: $*\"\n";

fn errors(result: &AgentResult) -> Vec<&str> {
    let errors = result.issues.iter().filter(|issue| issue.kind == "error");
    errors.map(|issue| issue.message.as_str()).collect()
}

/// The task must not have run its program, and say why.
#[track_caller]
fn refuses(agent: &Agent, words: &[&str]) {
    let result = agent.run();
    let said = errors(&result).join("\n");
    assert_eq!((result.exit, result.result), (1, Completion::Failed), "{said}");
    assert!(!result.text().contains("asked"), "{}", result.text());
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn the_program_sees_inputs_secrets_and_connections() {
    let script = "#!/usr/bin/env bash\necho \"asked: $*\"\nprintf '|'; env -0 | tr '\\0' '|' | tr '\\n' '/'\n";
    let task = Task::new("OuterloopValidate", &[]).with_program(script);
    for handler in ["Node20_1", "Node24"] {
        let step = task.step().handler(handler).input("ref", "employment@1.2.0\n x");
        let step = step.secret("Acme.Key", "hunter2").environment("INPUT_A-B", "dash");
        let result = step.job_token("https://dev.azure.example/acme/", "t0ken").run();
        assert_eq!((result.exit, result.result), (0, Completion::Succeeded));
        let text = result.text();
        for expected in [
            "asked: step validate",
            "|INPUT_REF=employment@1.2.0/ x|",
            "|INPUT_A-B=dash|",
            "|SECRET_ACME_KEY=***|",
            "|ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN=***|",
        ] {
            assert!(text.contains(expected), "{expected} is not in: {text}");
        }
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn the_program_tells_how_the_step_ends() {
    let script = "#!/bin/sh\necho '##vso[task.setvariable variable=verdict;isOutput=true]fail'\n\
                  echo '##vso[task.complete result=Failed]a gate failed' >&2\n";
    let task = Task::new("OuterloopValidate", &["verdict"]).with_program(script);
    let result = task.step().run();
    assert_eq!((result.exit, result.result), (0, Completion::Failed));
    assert_eq!((result.value("verdict"), result.message.as_str()), ("fail", "a gate failed"));
    let task = Task::new("OuterloopValidate", &[]).with_program("#!/bin/sh\nexit 7\n");
    let result = task.step().run();
    assert_eq!((result.exit, result.result), (7, Completion::Failed));
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_changed_program_is_refused() {
    let task = Task::new("OuterloopShow", &[]).with_program(STEP);
    let evil = format!("{STEP}echo evil\n");
    std::fs::write(task.cached(), &evil).unwrap();
    let sums = [sum(STEP.as_bytes()), sum(evil.as_bytes())];
    refuses(&task.step(), &["refused", &sums[0], &sums[1], "OuterloopInstaller"]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn what_runs_is_a_copy_that_is_gone_afterwards() {
    let script = "#!/bin/sh\necho \"it is $0\"\nls -l \"$0\"\nls -ld \"$(dirname \"$0\")\"\n";
    let task = Task::new("OuterloopShow", &[]).with_program(script);
    let result = task.step().run();
    let text = result.text();
    assert!(text.contains(&format!("it is {}/outerloop-", task.temporary().display())), "{text}");
    assert!(text.contains("-rwx------") && text.contains("drwx------"), "{text}");
    assert_eq!(std::fs::read_dir(task.temporary()).unwrap().count(), 0);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn what_is_not_installed_names_the_installer() {
    let task = Task::new("OuterloopShow", &[]).with_program(STEP);
    std::fs::remove_file(task.cached()).unwrap();
    refuses(&task.step(), &["OuterloopInstaller", VERSION]);
    let task = Task::new("OuterloopShow", &[]).with_program(STEP);
    let mark = task.cached().parent().unwrap().with_extension("complete");
    std::fs::remove_file(mark).unwrap();
    refuses(&task.step(), &["OuterloopInstaller"]);
    let task = Task::new("OuterloopShow", &[]);
    refuses(&task.step(), &["pins.json", "cargo xtask dist"]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_chosen_program_is_not_checked_and_that_is_said() {
    let task = Task::new("OuterloopShow", &[]);
    let own = task.place().join("own");
    outerloop_tests::task::write(&own, STEP.as_bytes(), 0o755);
    let result = task.step().variable("OUTERLOOP_BIN", &own.display().to_string()).run();
    assert_eq!(result.exit, 0);
    assert!(result.text().contains("asked: step show"), "{}", result.text());
    assert!(result.text().contains("unchecked"), "{}", result.text());
    refuses(&task.step().variable("OUTERLOOP_BIN", "/nowhere"), &["/nowhere", "cannot be started"]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_cancelled_run_reaches_the_program() {
    let script = "#!/usr/bin/env bash\ntrap 'echo told INT; exit 0' INT\n\
                  trap 'echo told TERM; exit 0' TERM\necho ready\n\
                  for _ in $(seq 600); do sleep 0.1; done\n";
    let task = Task::new("OuterloopDeploy", &[]).with_program(script);
    for signal in ["INT", "TERM"] {
        let mut running = task.step().start();
        running.until_said("ready");
        running.signal(signal);
        let result = running.wait();
        assert!(result.text().contains(&format!("told {signal}")), "{}", result.text());
        assert_eq!(result.exit, 0);
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_program_that_is_killed_fails_the_step() {
    let task = Task::new("OuterloopShow", &[]).with_program("#!/bin/sh\nkill -9 $$\n");
    refuses(&task.step(), &["SIGKILL"]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn text_from_outside_becomes_no_command() {
    let hostile =
        "/x ##vso[task.setvariable variable=verdict]pass ##[error]%AZP25\n\r##vso[a.b]c;]";
    let task = Task::new("OuterloopShow", &["verdict"]).with_program(STEP);
    for name in ["OUTERLOOP_BIN", "AGENT_TOOLSDIRECTORY", "AGENT_TEMPDIRECTORY"] {
        let result = task.step().environment(name, hostile).run();
        let kinds: Vec<_> = result.effects.commands.iter().map(|c| c.event.as_str()).collect();
        assert_eq!(kinds, ["logissue"], "{}", result.text());
        assert!(result.effects.refused.is_empty() && result.variables.is_empty());
        assert!(result.effects.malformed.is_empty(), "{:?}", result.effects.malformed);
        assert!(errors(&result)[0].contains("variable=verdict]pass"), "{:?}", errors(&result));
        assert!(!result.text().contains("##["), "{}", result.text());
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn every_agent_gets_its_own_program() {
    let task = Task::new("OuterloopShow", &[]);
    let targets = [
        ("linux-x64", "x86_64-unknown-linux-gnu", "x64"),
        ("linux-arm64", "aarch64-unknown-linux-gnu", "arm64"),
        ("darwin-x64", "x86_64-apple-darwin", "x64"),
        ("darwin-arm64", "aarch64-apple-darwin", "arm64"),
        ("win32-x64", "x86_64-pc-windows-msvc", "x64"),
        ("win32-arm64", "x86_64-pc-windows-msvc", "x64"),
    ];
    let pins = targets.map(|(_, target, _)| format!("\"{target}\":{{}}")).join(",");
    let pins = format!("{{\"version\":\"1.0.0\",\"binaries\":{{{pins}}}}}");
    task.write("pins.json".as_ref(), pins.as_bytes());
    let machines = targets.map(|(machine, _, _)| format!("'{machine}'")).join(",");
    let code = format!(
        "const {{ pinned }} = require('./binary');\n\
         for (const m of [{machines}]) {{ const p = pinned('.', m); console.log(m, p.target, p.arch); }}\n\
         try {{ pinned('.', 'aix-ppc64'); }} catch (e) {{ console.log(e.message, e.hint); }}"
    );
    let out = std::process::Command::new("node")
        .args(["-e", &code])
        .current_dir(task.place())
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&out.stdout);
    let expected = targets.map(|(machine, target, arch)| format!("{machine} {target} {arch}\n"));
    assert!(said.starts_with(&expected.concat()), "{said}");
    assert!(said.contains("no binary for aix-ppc64") && said.contains("OUTERLOOP_BIN"), "{said}");
}
