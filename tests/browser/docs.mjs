// The documentation in a real browser: Swagger UI starts, sends a request to the mock, and its policy is never broken.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";

const { LOCUM_URL, CHROMIUM, LOCUM_TOKEN } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const page = await browser.newPage();
const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (problem) => complaints.push(String(problem)));
try {
  await page.goto(`${LOCUM_URL}/__locum/docs/`);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).maxWidth), "none");
  await page.getByRole("link", { name: "API Keys", exact: false }).first().click();
  await page.locator(".opblock").first().waitFor();
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.getByLabel("auth-bearer-value").first().fill(LOCUM_TOKEN).catch(() => page.locator(".auth-container input").first().fill(LOCUM_TOKEN));
  await page.locator(".auth-container button.authorize, .auth-btn-wrapper button.authorize").first().click();
  await page.locator(".btn-done, .close-modal").first().click();
  await page.locator(".opblock-get").first().click();
  await page.getByRole("button", { name: "Try it out" }).first().click();
  await page.getByRole("button", { name: "Execute" }).first().click();
  await page.locator(".live-responses-table .response-col_status").first().waitFor();
  assert.match(await page.locator(".live-responses-table .response-col_status").last().innerText(), /200/);
  await page.goto(`${LOCUM_URL}/__locum/docs/control/`);
  await page.locator(".opblock").first().waitFor();
  assert.deepEqual(complaints, []);
  console.log("the documentation is as it should be");
} catch (problem) {
  console.error(problem, complaints);
  process.exitCode = 1;
} finally {
  await browser.close();
}
