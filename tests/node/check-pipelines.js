'use strict';
// Checks pipelines against the schema of Azure Pipelines with this repository's tasks in it:
//     node check-pipelines.js SCHEMA TASKS FILE…
// Each finding is a line on standard output, FILE:LINE: MESSAGE; the exit code says whether there was one.

const fs = require('node:fs');
const path = require('node:path');
const { getLanguageService, parse } = require('azure-pipelines-language-service');

console.log = () => {}; // the library talks there

const kinds = { boolean: 'boolean', int: 'integer' };

function addTask(schema, task) {
  const name = `${task.name}@${task.version.Major}`;
  const properties = {};
  for (const input of task.inputs ?? []) {
    const options = input.options && { enum: Object.keys(input.options) };
    properties[input.name] = options ?? { type: kinds[input.type] ?? 'string' };
  }
  const required = (task.inputs ?? []).filter((input) => input.required).map((input) => input.name);
  const tasks = schema.definitions.task;
  tasks.properties.task.anyOf.push({ enum: [name] });
  tasks.anyOf.push({
    properties: {
      task: { pattern: `^${name}$` },
      inputs: { properties, additionalProperties: false, required },
    },
    firstProperty: ['task'],
    required: required.length ? ['task', 'inputs'] : ['task'],
  });
}

function* manifests(folder) {
  for (const entry of fs.readdirSync(folder, { recursive: true })) {
    if (path.basename(entry) === 'task.json') yield JSON.parse(fs.readFileSync(path.join(folder, entry), 'utf8'));
  }
}

function asDocument(file, text) {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const line = (offset) => starts.filter((start) => start <= offset).length - 1;
  const offsetAt = (position) => starts[position.line] + position.character;
  return {
    uri: file,
    languageId: 'yaml',
    version: 1,
    lineCount: starts.length,
    getText: (range) => (range ? text.slice(offsetAt(range.start), offsetAt(range.end)) : text),
    positionAt: (offset) => ({ line: line(offset), character: offset - starts[line(offset)] }),
    offsetAt,
  };
}

async function main([schemaFile, tasks, ...files]) {
  const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
  for (const task of manifests(tasks)) addTask(schema, task);
  const service = getLanguageService(async () => schema, [], async () => 'pipelines');
  service.configure({ validate: true });
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    for (const finding of await service.doValidation(asDocument(file, text), parse(text, []))) {
      process.exitCode = 1;
      process.stdout.write(`${file}:${finding.range.start.line + 1}: ${finding.message}\n`);
    }
  }
}

main(process.argv.slice(2));
