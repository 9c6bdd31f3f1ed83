// Which binary belongs to this machine, where the tool cache has it, and whether it is the one that
// was pinned when this extension was packed.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { failure } = require("./log");

const TARGETS = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
  // Windows on ARM runs programs for x64.
  "win32-arm64": "x86_64-pc-windows-msvc",
};

// The pins of `folder` and what they say of this machine: target, its name in the tool cache, pin.
function pinned(folder, machine = `${process.platform}-${process.arch}`) {
  const file = path.join(folder, "pins.json");
  if (!fs.existsSync(file)) {
    throw failure(`${file} is missing`, "pack the extension with `cargo xtask dist`, or set the variable OUTERLOOP_BIN");
  }
  const pins = JSON.parse(fs.readFileSync(file, "utf8"));
  const target = TARGETS[machine];
  const pin = pins.binaries[target];
  if (!pin) {
    throw failure(`outerloop ${pins.version} has no binary for ${machine}`, "build it for this machine and set the variable OUTERLOOP_BIN to its path");
  }
  const arch = machine.startsWith("win32") ? "x64" : machine.split("-")[1];
  return { ...pin, version: pins.version, download: pins.download, target, arch };
}

const executable = process.platform === "win32" ? "outerloop.exe" : "outerloop";

// Where the tool cache keeps it.
function cached({ version, arch }) {
  const cache = process.env.AGENT_TOOLSDIRECTORY;
  if (!cache) throw failure("AGENT_TOOLSDIRECTORY is not set", "run this as a step of Azure Pipelines");
  const folder = path.join(cache, "outerloop", version);
  return { folder, file: path.join(folder, arch, executable), mark: path.join(folder, `${arch}.complete`) };
}

// Throws unless the bytes are the pinned ones.
function check(bytes, expected, name) {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === expected) return;
  throw failure(`refused: ${name} has the SHA-256 ${found}, expected ${expected}`, "something changed it: run the task OuterloopInstaller again, and find out who if it comes back");
}

// A copy that only this step can see, made of the very bytes that were checked: earlier steps can
// write the tool cache, also between a check and a start. The copy gets the right to be run, which
// the cache may have lost.
function checkedCopy(folder) {
  const pin = pinned(folder);
  const { file, mark } = cached(pin);
  if (!fs.existsSync(file) || !fs.existsSync(mark)) {
    throw failure(`outerloop ${pin.version} is not installed on this agent: no ${file}`, "add the task OuterloopInstaller before this one");
  }
  const bytes = fs.readFileSync(file);
  check(bytes, pin.sha256, file);
  const own = fs.mkdtempSync(path.join(process.env.AGENT_TEMPDIRECTORY || require("node:os").tmpdir(), "outerloop-"));
  const copy = path.join(own, executable);
  fs.writeFileSync(copy, bytes, { mode: 0o700 });
  return { file: copy, discard: () => fs.rmSync(own, { recursive: true, force: true, maxRetries: 3 }) };
}

module.exports = { cached, check, checkedCopy, executable, pinned };
