// Serves the folders below a folder as containers of Azure Blob Storage.
//
//     serve-azurite.js [OPTIONS OF AZURITE] FOLDER
//
// Prints one line of JSON: the address, and shared access signatures that are valid, for
// writing, over, of another container, and for writing to each one. Everybody may read the blobs of containers whose name begins with `public`.
// Ends with its input.

const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const ACCOUNT = "devstoreaccount1";
const KEY = Buffer.from(
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  "base64",
);
const VERSION = "2021-12-02";
const sign = (text) => crypto.createHmac("sha256", KEY).update(text, "utf8").digest("base64");

async function put(url, resource, query, headers, body) {
  const all = { "x-ms-date": new Date().toUTCString(), "x-ms-version": VERSION, ...headers };
  const own = Object.keys(all).filter((n) => n.startsWith("x-ms-")).sort();
  const length = body.length === 0 ? "" : String(body.length);
  const text =
    `PUT\n\n\n${length}\n\n${all["content-type"] ?? ""}\n\n\n\n\n\n\n` +
    own.map((n) => `${n}:${all[n]}\n`).join("") +
    `/${ACCOUNT}/${ACCOUNT}/${resource}` +
    Object.keys(query).sort().map((n) => `\n${n}:${query[n]}`).join("");
  const asked = new URLSearchParams(query).toString();
  const answer = await fetch(`${url}/${ACCOUNT}/${resource}${asked ? `?${asked}` : ""}`, {
    method: "PUT",
    headers: { ...all, authorization: `SharedKey ${ACCOUNT}:${sign(text)}` },
    body: body.length === 0 ? undefined : body,
  });
  if (!answer.ok) throw new Error(`PUT ${resource}: ${answer.status} ${await answer.text()}`);
}

function sas(container, end, may = "rl") {
  const resource = `/blob/${ACCOUNT}/${container}`;
  const fields = [may, "", end, resource, "", "", "", VERSION, "c", "", "", "", "", "", "", ""];
  const values = { sp: may, se: end, sv: VERSION, sr: "c", sig: sign(fields.join("\n")) };
  return new URLSearchParams(values).toString();
}

function files(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name);
    return entry.isDirectory() ? files(place) : [place];
  });
}

async function fill(url, root) {
  for (const container of fs.readdirSync(root)) {
    const access = container.startsWith("public") ? { "x-ms-blob-public-access": "blob" } : {};
    await put(url, container, { restype: "container" }, access, Buffer.alloc(0));
    for (const file of files(path.join(root, container))) {
      const name = path.relative(path.join(root, container), file).split(path.sep);
      const blob = name.map(encodeURIComponent).join("/");
      const headers = { "x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream" };
      await put(url, `${container}/${blob}`, {}, headers, fs.readFileSync(file));
    }
  }
}

const main = require.resolve("azurite/dist/src/blob/main.js");
const more = process.argv.slice(2);
const root = more.pop();
const options = [...more, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"];
const server = spawn(process.execPath, [main, ...options, "--disableTelemetry"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const end = (code) => {
  server.kill();
  process.exit(code);
};
process.stdin.resume();
process.stdin.on("end", () => end(0));
process.on("SIGTERM", () => end(0));
let said = "";
server.stdout.on("data", (chunk) => {
  said += chunk;
  const found = /successfully listen\w* on (http:\S+:[1-9]\d*)/.exec(said);
  if (!found) return;
  server.stdout.removeAllListeners("data");
  server.stdout.resume();
  const url = found[1];
  fill(url, root)
    .then(() => {
      const out = {
        url,
        sas: sas("acme", "2999-01-01T00:00:00Z"),
        over: sas("acme", "2020-01-01T00:00:00Z"),
        write: sas("acme", "2999-01-01T00:00:00Z", "racwl"),
        other: sas("public", "2999-01-01T00:00:00Z"),
      };
      for (const container of fs.readdirSync(root)) {
        out[`write-${container}`] = sas(container, "2999-01-01T00:00:00Z", "racwl");
      }
      console.log(JSON.stringify(out));
    })
    .catch((e) => {
      console.error(e);
      end(1);
    });
});
