// What every walk through the inspector needs: a browser, a page whose errors are collected, and the checks of a view.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";

export const { LOCUM_URL, CHROMIUM, SHOTS, LOCUM_TOKEN, FAILED } = process.env;
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** Send a request to the mock, as an app does. */
export const api = (path, { world = "default", method = "GET", body, headers = {} } = {}) => fetch(`${LOCUM_URL}${path}`, {
  method, body: body === undefined ? undefined : JSON.stringify(body),
  headers: { "X-Locum-World": world, ...(LOCUM_TOKEN && { Authorization: `Bearer ${LOCUM_TOKEN}` }), ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
});

/** Call the control API. */
export async function control(path, { world = "default", method = "GET", body } = {}) {
  const response = await fetch(`${LOCUM_URL}/__locum${path}${path.includes("?") ? "&" : "?"}world=${world}`, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: body === undefined ? {} : { "Content-Type": "application/json" } });
  return response.status === 204 ? null : response.json();
}

/** Open a browser; run the walk with a page, and print `done` if nothing is wrong. */
export async function walk(done, steps, { expected = /^$/, width = 1280, height = 800, theme = "light" } = {}) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, permissions: ["clipboard-read", "clipboard-write"], bypassCSP: false });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (problem) => complaints.push(String(problem)));
  try {
    await steps(page, context);
    assert.deepEqual(complaints.filter((text) => !expected.test(text)), []);
    console.log(done);
  } catch (problem) {
    console.error(problem, complaints);
    if (FAILED) await page.screenshot({ path: FAILED }).catch(() => {});
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** Open a view of the inspector, and wait until it is complete. */
export async function open(page, view, query = {}, { world = "default", base = "" } = {}) {
  const address = `${LOCUM_URL}${base}/__locum/#/${view}?${new URLSearchParams({ world, ...query })}`;
  if (page.url() === address) await page.reload();
  else await page.goto(address);
  await page.locator(`.page[data-view="${view}"][data-ready]`).waitFor();
}

/** Check what holds for every view: nothing is wider than the window, and axe-core has no finding. */
export async function check(page, name) {
  const wide = await page.evaluate(() => {
    const over = [document.documentElement, document.body, document.getElementById("view")].filter((one) => one && one.scrollWidth > one.clientWidth + 1);
    if (!over.length) return [];
    return [...document.querySelectorAll("#view *, header *, nav *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map((one) => `${one.tagName}.${one.className}`);
  });
  assert.deepEqual(wide, [], `${name} is wider than the window`);
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((found) => `${name}: ${found.id}: ${found.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.split("\n").slice(1, 2).join(" ")}`).join(" | ")}`), []);
}

/** Take a picture, if pictures are wanted. */
export async function shot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png` });
}
