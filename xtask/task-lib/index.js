// The peer of tasks/shim in `cargo xtask bench steps`: a task that reads an input and runs the binary
// with it, as the tasks of others do. It checks nothing.
"use strict";

const tl = require("azure-pipelines-task-lib/task");

async function run() {
  const ref = tl.getInput("ref", true);
  const code = await tl.tool(process.env.OUTERLOOP_BIN).arg(["show", ref]).execAsync({ ignoreReturnCode: true });
  tl.setResult(code === 0 ? tl.TaskResult.Succeeded : tl.TaskResult.Failed, `exit code ${code}`);
}

run().catch((error) => tl.setResult(tl.TaskResult.Failed, error.message));
