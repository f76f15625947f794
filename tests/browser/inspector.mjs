// The inspector in a real browser, as somebody uses it. It is told where locum and Chromium are; the first thing that is
// not as it should be ends it with exit code 1. With SHOTS it takes pictures, too.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";

const { LOCUM_URL, CHROMIUM, SHOTS, LOCUM_TOKEN } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"], colorScheme: "light" });
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (problem) => complaints.push(String(problem)));

const api = (path, world = "default", options = {}) => fetch(`${LOCUM_URL}${path}`, { ...options, headers: { "X-Locum-World": world, Authorization: `Bearer ${LOCUM_TOKEN}`, "Content-Type": "application/json", ...options.headers } });
const shot = async (name) => { if (SHOTS) { mkdirSync(SHOTS, { recursive: true }); await page.waitForTimeout(350); await page.screenshot({ path: `${SHOTS}/inspector-${name}.png` }); } };
const shown = (text) => page.getByText(text, { exact: false }).first().waitFor({ timeout: 5000 });
const answered = async (path, world, fits) => {
  // What the page has asked for may still be under way when it says so.
  let text;
  for (let tries = 0; tries < 50; tries++) {
    text = await (await api(path, world)).text();
    if (fits(text)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${path} of ${world} says ${text}`);
};
const entries = page.locator(".entries li[data-number]");
const key = (name) => page.keyboard.press(name);
const view = async (name) => { await page.getByRole("navigation").getByRole("link", { name, exact: true }).click(); await page.waitForFunction((which) => document.title.startsWith(which), name.toLowerCase()); };

try {
  // The journal is empty, and says what to do.
  await page.goto(`${LOCUM_URL}/__locum/`);
  await shown("No requests yet");
  await shot("empty");

  // What is asked arrives by itself.
  await api("/api/keys");
  await api("/api/keys", "default", { method: "POST", body: JSON.stringify({ name: "Nightly import", permissions: ["workflows:read"] }) });
  await api("/api/keys", "default", { method: "POST", body: JSON.stringify({ name: "x" }) });
  await api("/api/keys/nothing", "default", { method: "DELETE" });
  await api("/api/keys/nothing", "default", { method: "PUT" });
  await api("/workflows");
  await entries.nth(5).waitFor();
  assert.equal(await entries.count(), 6);

  // Filters, by keyboard too.
  await key("/");
  await page.keyboard.type("deleteApiKey");
  await page.waitForFunction(() => document.querySelectorAll(".entries li[data-number]").length === 1);
  await page.getByLabel("Filter").fill("");
  await page.getByLabel("Status").selectOption("4");
  await page.waitForFunction(() => document.querySelectorAll(".entries li[data-number]").length === 3);
  await page.getByLabel("Status").selectOption("");
  await page.getByRole("button", { name: "Undeclared" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".entries li[data-number]").length === 1);
  await page.getByRole("button", { name: "Undeclared" }).click();
  await key("Escape");

  // An entry's whole story, by keyboard.
  await page.getByRole("listbox").focus();
  await key("j");
  await key("j");
  await shown("Near misses");
  await shown("PUT /api/keys/{id} is not declared; DELETE and GET are.");
  await shot("story-near");
  await key("j");
  await shown("must match the pattern");
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await shown("The curl command was copied.");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -i -X DELETE .*LOCUM_TOKEN/);
  await shot("story");
  await key("Escape");
  assert.equal(await page.getByLabel("Journal entry").isHidden(), true);

  // Records: one is changed, and the API says so.
  await key("2");
  await page.getByRole("button", { name: "ApiKey", exact: false }).first().click();
  const text = page.getByLabel("The record as JSON");
  await text.waitFor();
  await text.fill((await text.inputValue()).replace(/"name": "[^"]*"/, '"name": "Renamed by hand"'));
  await text.press("Control+Enter");
  await shown("Saved.");
  await answered("/api/keys", "default", (told) => told.includes("Renamed by hand"));
  await text.fill('{"nonsense": true}');
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await shown("The record does not fit its type");
  await shot("records");

  // The clock is moved.
  await view("Clock");
  await page.getByRole("button", { name: "+ 1 day" }).click();
  await shown("Advanced by 1 day.");
  await page.getByRole("button", { name: "Freeze" }).click();
  await shown("Frozen until you change it.");
  const before = await page.locator(".time").textContent();
  assert.match(before, /^2026-01-02/);
  await shot("clock");
  await page.getByRole("button", { name: "Resume" }).click();

  // A fault is added, and hits.
  await view("Faults");
  await page.getByLabel("Operation").first().fill("listApiKeys");
  await page.getByRole("button", { name: "Fail twice, then work" }).click();
  await shown("operation=listApiKeys, times=2, status=503");
  assert.equal((await api("/api/keys")).status, 503);
  assert.equal((await api("/api/keys")).status, 503);
  assert.equal((await api("/api/keys")).status, 200);
  await page.getByRole("textbox", { name: "Fault" }).fill("statsu=503");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await shown("Did you mean status?");
  await page.reload();
  await shown("spent");
  await shot("faults");

  // Worlds: forked, changed, reset, dropped.
  await view("Worlds");
  await shown("added");
  await shot("worlds");
  await page.getByLabel("Name of the fork or fixture").fill("try-it");
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await page.waitForFunction(() => location.hash.includes("world=try-it"));
  await page.getByRole("heading", { name: "try-it", exact: true }).waitFor();
  await answered("/api/keys", "try-it", (told) => told.includes("Renamed by hand"));
  await api("/api/keys", "try-it", { method: "POST", body: JSON.stringify({ name: "Only here", permissions: ["workflows:read"] }) });
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "Reset world" }).click();
  await shown("World reset.");
  await answered("/api/keys", "try-it", (told) => !told.includes("Only here"));
  await page.getByRole("button", { name: "Drop", exact: true }).click();
  await page.getByRole("button", { name: "Drop world" }).click();
  await page.waitForFunction(() => location.hash.includes("world=default"));

  // The contracts say what was answered so far; a token is one click away.
  await view("Contracts");
  await shown("declared responses seen");
  assert.ok((await page.locator(".cell.seen").count()) >= 5);
  await shown("Problems of the document: ");
  await page.getByRole("button", { name: "Bram de Wit", exact: false }).click();
  await shown("A token for Bram de Wit was copied.");
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).split(".").length, 3);
  await shot("contracts");

  // Dark and light, kept; the keys are told.
  await key("d");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await shown("declared responses seen");
  await shot("contracts-dark");
  await key("?");
  await shown("filter the journal");
  await shot("keys-dark");
  await key("Escape");
  for (const [index, name] of ["journal", "records", "worlds", "clock", "faults"].entries()) {
    await key(String(index + 1));
    await page.waitForFunction((which) => document.title.startsWith(which), name);
    if (name === "journal") { await entries.first().waitFor(); await entries.nth(1).click(); await shown("Repeat the request"); }
    await shot(`${name}-dark`);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await key("1");
  await entries.first().waitFor();
  await shot("narrow-dark");

  // A world that the path names is the one that is shown.
  await page.goto(`${LOCUM_URL}/~named/__locum/`);
  await page.waitForFunction(() => document.querySelector("#world").value === "named");

  // Nothing was complained of, but for the two refusals that were provoked.
  assert.deepEqual(complaints.filter((said) => !/409 \(Conflict\)|422 \(Unprocessable|404 \(Not Found\)/.test(said)), []);
  console.log("the inspector is as it should be");
} catch (problem) {
  console.error(problem, complaints);
  await page.screenshot({ path: process.env.FAILED ?? "/tmp/inspector-failed.png" }).catch(() => {});
  process.exitCode = 1;
} finally {
  await browser.close();
}
