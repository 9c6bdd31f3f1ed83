// Opens pages in Chromium as people would, light and dark, on a wide screen and on a phone, and says
// what is wrong with them. node check-pages.js CHROMIUM SCREENSHOTS PAGE…
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WIDTHS = [1280, 390];

/** What the page itself can tell. Runs in the page. */
function inspect() {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".scroll"),
    );
    const names = wide.slice(0, 3).map((e) => `<${e.tagName.toLowerCase()}> ${e.textContent.slice(0, 40)}`);
    problems.push(`is ${root.scrollWidth} wide: ${names.join("; ")}`);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) problems.push(`a table without a caption: ${table.textContent.slice(0, 60)}`);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const said = (name) => svg.querySelector(`:scope > ${name}`)?.textContent.trim();
    if (!said("title")) problems.push("a plot without a title");
    if (!said("desc")) problems.push(`the plot "${said("title")}" has no description`);
    const box = svg.viewBox.baseVal;
    for (const text of svg.querySelectorAll("text")) {
      const at = text.getBBox();
      const out = at.x < -0.5 || at.y < -0.5 || at.x + at.width > box.width + 0.5 || at.y + at.height > box.height + 0.5;
      if (out) problems.push(`"${text.textContent}" leaves the plot "${said("title")}"`);
    }
    const texts = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBBox()]);
    texts.forEach(([one, a], i) =>
      texts.slice(i + 1).forEach(([two, b]) => {
        const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        if (wide > 1 && high > 3) problems.push(`"${one}" lies on "${two}" in the plot "${said("title")}"`);
      }),
    );
  }
  const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map((h) => Number(h.tagName[1]));
  levels.forEach((level, i) => {
    if (level > (levels[i - 1] ?? 0) + 1) problems.push(`heading ${i + 1} is of level ${level}`);
  });
  return problems;
}

/** Serious violations of the accessibility rules. Runs in the page, after axe. */
async function violations() {
  const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help} (${v.nodes.length} ×, first ${v.nodes[0].html.slice(0, 120)}; ${v.nodes[0].any[0]?.message ?? ""})`);
}

async function look(browser, file, scheme, width, screenshots) {
  const problems = [];
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } });
  try {
    const page = await context.newPage();
    const address = pathToFileURL(file).href;
    page.on("request", (request) => {
      if (request.url() !== address) problems.push(`asks for ${request.url()}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
    await page.goto(address);
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
    problems.push(...(await page.evaluate(inspect)));
    await page.evaluate(AXE);
    problems.push(...(await page.evaluate(violations)));
    const name = `${path.basename(file, ".html")}-${scheme}-${width}.png`;
    await page.screenshot({ path: path.join(screenshots, name), fullPage: true });
  } finally {
    await context.close();
  }
  return problems;
}

async function main([program, screenshots, ...pages]) {
  fs.mkdirSync(screenshots, { recursive: true });
  const browser = await chromium.launch({ executablePath: program, args: ARGUMENTS });
  let wrong = 0;
  try {
    for (const file of pages) {
      for (const scheme of ["light", "dark"]) {
        for (const width of WIDTHS) {
          const problems = await look(browser, file, scheme, width, screenshots);
          wrong += problems.length;
          problems.forEach((p) => console.log(`${path.basename(file)}, ${scheme}, ${width} px: ${p}`));
        }
      }
    }
    console.log(`${pages.length} pages looked at with ${browser.version()}`);
  } finally {
    await browser.close();
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
