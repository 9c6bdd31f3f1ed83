// What every task runs: checks the outerloop binary and runs one step with it. The binary reads the
// inputs, writes the outputs and tells the agent how the step ended, then exits with 0; any other
// exit code reads as broken infrastructure.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { checkedCopy } = require("./binary");
const { fail, say } = require("./log");

// The name in the task's manifest is the verb: OuterloopValidate runs `outerloop step validate`.
function verbOf(folder) {
  const { name } = JSON.parse(fs.readFileSync(path.join(folder, "task.json"), "utf8"));
  return name.replace(/^Outerloop/, "").toLowerCase();
}

function findBinary() {
  const chosen = process.env.OUTERLOOP_BIN;
  if (chosen) {
    say(`using OUTERLOOP_BIN, unchecked: ${chosen}`);
    return { file: chosen, discard() {} };
  }
  return checkedCopy(__dirname);
}

// Started directly, never through a shell: dash drops variables with a dash in their name.
function run(verb) {
  const { file, discard } = findBinary();
  const child = spawn(file, ["step", verb], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    // Windows sends Ctrl+C to the whole group by itself, and `kill` there ends a process at once.
    process.on(signal, () => process.platform === "win32" || child.kill(signal));
  }
  child.on("error", (error) => {
    discard();
    fail(`${file} cannot be started: ${error.message}`, "is it for this machine?");
  });
  child.on("exit", (code, signal) => {
    discard();
    if (signal) fail(`outerloop was ended by ${signal}`, "was the run cancelled, or memory short?");
    process.exitCode = code ?? 1;
  });
}

async function main() {
  const verb = verbOf(__dirname);
  // Loaded only where it is needed: every step pays for what it loads.
  if (verb === "installer") await require("./install").install(__dirname);
  else run(verb);
}

main().catch((error) => fail(error.message, error.hint));
