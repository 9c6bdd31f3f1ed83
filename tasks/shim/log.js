// What the shim itself says. The agent looks for commands anywhere in a line, so text from elsewhere
// (paths, messages of the system) loses what makes one.
"use strict";

function plain(text) {
  return String(text).replace(/[\r\n]+/g, " ").replace(/##(?=vso\[|\[)/g, "## ");
}

// The percent sign first, or it would escape the others.
function escaped(text) {
  return plain(text).replace(/%/g, "%AZP25").replace(/;/g, "%3B").replace(/]/g, "%5D");
}

function say(text) {
  process.stderr.write(`outerloop: ${plain(text)}\n`);
}

function command(name, text) {
  process.stderr.write(`##vso[${name}]${escaped(text)}\n`);
}

function fail(message, hint) {
  command("task.logissue type=error", hint ? `${message}; hint: ${hint}` : message);
  process.exitCode = 1;
}

// An error with what to do about it.
function failure(message, hint) {
  return Object.assign(new Error(message), { hint });
}

module.exports = { command, fail, failure, plain, say };
