// By keyboard alone: find a request that failed, see why, fix the record, send it again, and make a test of it.
import assert from "node:assert/strict";
import { api, control, open, shot, walk } from "./page.mjs";

const key = async (page, ...names) => { for (const name of names) await page.keyboard.press(name); };

await walk("the keyboard is enough", async (page) => {
  // An app asks for an API key that nobody has, among requests that work.
  await api("/api/keys");
  const [{ key: id }] = await control("/records/ApiKey?limit=1");
  await control(`/records/ApiKey/${id}`, { method: "DELETE" });
  await api(`/api/keys/${id}`);
  for (let times = 0; times < 5; times++) await api("/workflows");

  await open(page, "journal");
  await page.locator(".vt-row").nth(2).waitFor();

  // Find the request that failed, and see why.
  await key(page, "n");
  await page.locator(".entry .status.warn").waitFor();
  assert.match(await page.locator(".entry .trace").innerText(), /404/);
  await shot(page, "keyboard-1-why");

  // Fix the record: add it again, under the identifier that was asked for.
  await key(page, "3");
  await page.locator('.page[data-view="records"][data-ready]').waitFor();
  await key(page, "a");
  await page.getByLabel("Key", { exact: true }).waitFor();
  await page.keyboard.type(id);
  await page.waitForFunction(() => document.activeElement.value.length > 5);
  for (let steps = 0; steps < 40; steps++) {
    if (await page.evaluate(() => document.activeElement.labels?.[0]?.textContent.startsWith("id"))) break;
    await key(page, "Tab");
  }
  await key(page, "Control+a");
  await page.keyboard.type(id);
  for (let steps = 0; steps < 60; steps++) {
    if (await page.evaluate(() => document.activeElement.labels?.[0]?.textContent.startsWith("secret"))) break;
    await key(page, "Tab");
  }
  await key(page, "Control+a");
  await page.keyboard.type("a-secret-of-the-walk");
  await key(page, "Control+Enter");
  await page.getByText("Saved.").waitFor();
  await shot(page, "keyboard-2-record");

  // Send the request again: it works.
  await key(page, "Escape", "Escape", "1");
  await page.locator('.page[data-view="journal"][data-ready] .vt-row').first().waitFor();
  await key(page, "n", "s");
  await page.getByText("Replayed: 200, before 404.").waitFor();
  await page.locator(".entry .status.good").waitFor();
  await shot(page, "keyboard-3-replayed");

  // Make a test of it.
  await key(page, "t", "Enter");
  const text = page.locator("dialog pre");
  await text.waitFor();
  assert.match(await text.innerText(), new RegExp(`ask\\('GET', '/api/keys/${id}'`));
  await key(page, "Enter");
  await page.getByText("The test copied.").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /def test_responses_are_repeated/);
  await shot(page, "keyboard-4-test");
});
