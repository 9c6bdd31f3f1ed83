// The installer task: puts the pinned binary into the agent's tool cache and on PATH. The extension
// carries the binaries of the usual agents; the others come from a release, or a mirror of it.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { gunzipSync } = require("node:zlib");
const { cached, check, executable, pinned } = require("./binary");
const { command, failure, say } = require("./log");

async function install(folder) {
  const pin = pinned(folder);
  const place = cached(pin);
  if (intact(place, pin)) {
    say(`outerloop ${pin.version} is already at ${place.file}`);
  } else {
    const bytes = carried(folder, pin) ?? (await downloaded(pin));
    check(bytes, pin.sha256, `outerloop for ${pin.target}`);
    put(bytes, place);
    tryOut(place);
    fs.writeFileSync(place.mark, "");
    say(`outerloop ${pin.version} is at ${place.file}`);
  }
  command("task.setvariable variable=version;isOutput=true", pin.version);
  command("task.setvariable variable=path;isOutput=true", place.file);
  command("task.prependpath", path.dirname(place.file));
}

function intact({ file, mark }, pin) {
  if (!fs.existsSync(file) || !fs.existsSync(mark)) return false;
  try {
    check(fs.readFileSync(file), pin.sha256, file);
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch (error) {
    say(`replacing ${file}: ${error.message}`);
    return false;
  }
}

function carried(folder, pin) {
  const file = path.join(folder, "bin", pin.target, executable);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

// Written beside its place and renamed: two jobs at once never meet half a file.
function put(bytes, { file }) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, bytes, { mode: 0o755 });
    fs.renameSync(temporary, file);
  } catch (error) {
    // On Windows the other job's binary may be running, and be the same.
    if (!fs.existsSync(file) || !fs.readFileSync(file).equals(bytes)) throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

// Better here than in the middle of a job: a C library may be too old.
function tryOut({ file }) {
  const { status, error } = spawnSync(file, ["--version"], { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return;
  fs.rmSync(file, { force: true });
  throw failure(`${file} does not run on this machine: ${error?.message ?? `exit code ${status}`}`, "build it for this machine and set the variable OUTERLOOP_BIN to its path");
}

async function downloaded(pin) {
  const base = process.env.INPUT_DOWNLOADBASE || process.env.OUTERLOOP_DOWNLOAD_BASE || pin.download;
  const name = `outerloop-${pin.version}-${pin.target}`;
  const address = new URL(`${base.replace(/\/+$/, "")}/${name}.tar.gz`);
  // The address of a mirror may hold a name and a password: they go into a header, and not into logs.
  const login = [address.username, address.password].map(decodeURIComponent).join(":");
  const headers = login === ":" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  address.username = address.password = "";
  const shown = address.href;
  say(`downloading ${shown}`);
  const archive = await fetched(shown, headers);
  check(archive, pin.archive, shown);
  return member(gunzipSync(archive), `${name}/${executable}`);
}

// Four tries, with 1, 2 and 4 seconds between them.
async function fetched(address, headers) {
  for (let tried = 1; ; tried++) {
    try {
      const response = await fetch(address, { headers, signal: AbortSignal.timeout(300_000) });
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      throw Object.assign(new Error(`status ${response.status}`), { final: [400, 401, 403, 404, 410].includes(response.status) });
    } catch (error) {
      if (tried === 4 || error.final) {
        const why = error.cause?.message ?? error.message;
        throw failure(`cannot download ${address}: ${why}`, "set the input downloadBase to a mirror of the release");
      }
      await new Promise((wake) => setTimeout(wake, 500 * 2 ** tried));
    }
  }
}

// The bytes of one file in a tar archive: blocks of 512 bytes, a header before each file.
function member(tar, name) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const field = (start, length) => tar.toString("latin1", at + start, at + start + length).replace(/\0.*$/s, "");
    const size = parseInt(field(124, 12), 8) || 0;
    if (field(0, 100) === name) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw failure(`the archive has no ${name}`, "is the mirror whole?");
}

module.exports = { install };
