// Every action of the inspector on the collections of any documents, at several widths, light and dark.
// SUBJECTS names the operations of each collection; WIDTHS and THEMES choose; SHOTS takes pictures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LOCUM_TOKEN, check, control, open, shot, walk } from "./page.mjs";

const subjects = JSON.parse(process.env.SUBJECTS);
const widths = (process.env.WIDTHS ?? "1280").split(",").map(Number), themes = (process.env.THEMES ?? "light").split(",");
const PROVOKED = /40[049] \(|410 \(|422 \(/; // records that are looked for, and what is rejected here

await walk("every action works", async (page) => {
  for (const subject of subjects) {
    for (const theme of themes) {
      for (const width of widths) {
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height: width < 500 ? 844 : width < 1000 ? 1024 : 860 });
        const title = `${subject.api}-${width}-${theme}`;
        await act(page, subject, title).catch((problem) => { throw new Error(`${title}: ${problem.message}`, { cause: problem }); });
        console.log(`${title}: every action works`);
      }
    }
  }
}, { expected: PROVOKED });

/** Do everything that can be done with one collection, in a world of its own. */
async function act(page, { api, list, create, read, member, invalid }, title) {
  const world = title, here = { world };
  const wide = page.viewportSize().width >= 1280;
  await control("/worlds", { method: "POST", body: { name: world } });
  const shown = (text) => page.getByText(text, { exact: false }).first().waitFor();
  const said = (text) => page.locator("#message.shown").getByText(text).waitFor();
  const press = (name, options = {}) => page.getByRole("button", { name, ...options }).first().click();
  const confirm = (name) => page.locator("dialog").getByRole("button", { name }).click();
  const ready = (view) => page.locator(`.page[data-view="${view}"][data-ready]`).waitFor();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const good = async (name) => { await check(page, `${title}: ${name}`); await shot(page, `${title}-${name.replaceAll(" ", "-")}`); };
  const describe = (operation) => control(`/operations/description?operation=${encodeURIComponent(operation)}&api=${api}`, here);
  const parametersOf = (description) => description.parameters.filter((one) => one.required).reduce((found, one) => ({ ...found, [one.in]: { ...found[one.in], [one.name]: one.example } }), {});
  const headers = { Authorization: `Bearer ${LOCUM_TOKEN}` };
  const send = (operation, given) => control("/requests", { ...here, method: "POST", body: { operation, api, headers: { ...headers, ...(given.body && { "Content-Type": "application/json" }) }, ...given } });
  const [lists, creates, reads] = await Promise.all([list, create, read].map(describe));
  const sendList = () => send(list, { parameters: parametersOf(lists) });
  const [key] = Object.keys(parametersOf(reads).path).slice(-1), existing = parametersOf(reads);
  const body = creates.bodies[0].example;

  // What an app did: a list, a record, one that does not exist, and an invalid one.
  await sendList();
  const { status: found } = await send(read, { parameters: existing });
  assert.equal(found, 200, `${read} of an existing record`);
  const { entry: missing } = await send(read, { parameters: { ...existing, path: { ...existing.path, [key]: "999999999" } } });
  assert.equal(missing.status, 404, `${read} of a record that does not exist`);
  const { entry: rejected } = await send(create, { parameters: parametersOf(creates), body: invalid });
  assert.ok(rejected.violations.length, `${create} with an invalid body`);

  // The journal and an entry: replay, fail the next, make tests, copy.
  const row = (operation) => page.locator(".vt-row").filter({ hasText: operation }).last();
  const select = async (operation) => { await open(page, "journal", {}, here); await row(operation).click(); await page.locator(".entry").waitFor(); };
  await open(page, "journal", {}, here);
  await row(list).waitFor();
  await good("journal");
  await select(list);
  await press("Replay");
  await said("Replayed: 200, as before.");
  await good("entry");
  await press("Fail the next");
  await good("fail the next");
  await page.getByLabel("How many").fill("2");
  await press("Inject the fault");
  await said(`The next 2 requests to ${list} fail.`);
  assert.deepEqual([(await sendList()).status, (await sendList()).status, (await sendList()).status], [503, 503, 200]);
  for (const [name, text] of [["pytest", "def test_responses_are_repeated"], ["Playwright", "import { expect, test }"]]) {
    await press("Make a test");
    await page.getByRole("menuitem", { name }).click();
    await page.locator("dialog pre").getByText(text).waitFor();
    if (name === "pytest") await good("a test");
    await page.keyboard.press("Escape");
  }
  await press("Copy as");
  await good("copy as");
  await page.getByRole("menuitem", { name: "curl" }).click();
  await said("The entry as curl copied.");
  assert.match(await clipboard(), /^curl -i /);

  // Respond like this: 404 from now on, also for a record that exists, until the preference is removed.
  await open(page, "journal", { entry: missing.number }, here);
  await page.locator(".entry").waitFor();
  await press("Respond like this");
  await confirm("Respond like this");
  await said(`${read} responds with 404 from now on.`);
  assert.equal((await send(read, { parameters: existing })).status, 404);
  await open(page, "faults", {}, here);
  await press(`Remove the preference of ${read}`);
  await said("Preference removed.");
  const { entry: readAgain } = await send(read, { parameters: existing });
  assert.equal(readAgain.status, 200);

  // The record of an entry: an invalid one is rejected, a valid one is saved; duplicate, add, delete.
  await open(page, "journal", { entry: readAgain.number }, here);
  await page.locator(".entry").waitFor();
  await press("Open record");
  await ready("records");
  const name = await page.locator(".panel h2").first().innerText();
  const panel = page.locator(".panel");
  await good("record");
  await page.getByLabel("as JSON", { exact: true }).check();
  const json = page.getByLabel("The record as JSON"), valid = await json.inputValue();
  await json.fill(JSON.stringify({ ...JSON.parse(valid), [member]: { nonsense: true } }));
  await page.keyboard.press("Control+Enter");
  await said("Not saved");
  await panel.locator(".violations").getByText(`/${member}`).first().waitFor();
  await good("rejected record");
  await json.fill(valid);
  await page.getByLabel("as JSON", { exact: true }).uncheck();
  await panel.locator(`.schema-form [data-pointer="/${member}"]`).fill("Changed by hand");
  await page.keyboard.press("Control+Enter");
  await said("Saved.");
  await page.locator(".member.changed").first().waitFor();
  await good("changed record");
  assert.match(JSON.stringify((await send(read, { parameters: existing })).body), /Changed by hand/);
  await press("Duplicate");
  await page.getByLabel("Key", { exact: true }).waitFor();
  const copy = await page.getByLabel("Key", { exact: true }).inputValue();
  assert.ok(copy && copy !== name, "a duplicate has another key");
  await press("Save");
  await said("Saved.");
  await page.getByRole("heading", { name: copy, exact: true }).waitFor();
  await ready("records");
  await press("Delete", { exact: true });
  await confirm("Delete");
  await said("Deleted.");
  await ready("records");
  await press("Add record");
  await page.getByLabel("Key", { exact: true }).waitFor();
  await good("new record");
  const added = await page.getByLabel("Key", { exact: true }).inputValue();
  await page.keyboard.press("Control+Enter");
  await said("Saved.");
  await page.getByRole("heading", { name: added, exact: true }).waitFor();
  await ready("records");
  await page.keyboard.press("Escape");
  await page.getByLabel("Filter records").fill("Changed by");
  await page.waitForFunction(() => document.querySelectorAll(".vt-row").length === 1);
  await good("records");

  // Edit and resend what was rejected; undo it.
  await open(page, "journal", { entry: rejected.number }, here);
  await page.locator(".entry").waitFor();
  await good("rejected entry");
  await press("Edit and resend");
  await ready("compose");
  await page.getByLabel("Body", { exact: true }).fill(JSON.stringify(body, null, 2));
  await good("edit and resend");
  await page.keyboard.press("Control+Enter");
  await page.locator(".result .status").getByText(/20\d/).waitFor();
  await press("Undo");
  await said("Undone.");
  await press("Open in the journal");
  await ready("journal");

  // Compose: found by its words where there is room, sent with any user's token; a response by name; undo.
  if (wide) {
    await open(page, "compose", {}, here);
    await page.getByLabel("Find an operation").fill(create);
    await page.locator(".side .vt-row").first().click();
    await page.locator(".panel .tag").getByText(create, { exact: true }).waitFor();
  }
  await open(page, "compose", { operation: create, api }, here);
  await good("compose");
  const before = await page.evaluate(() => document.querySelectorAll(".panel [data-pointer]").length);
  assert.ok(before > 0, "the body is a form");
  await page.locator(`.panel [data-pointer$="/${member}"]`).first().fill("From the page");
  const users = page.getByLabel("Send as"), people = await users.locator("option").count();
  await users.selectOption({ index: Math.min(1, people - 1) });
  await page.keyboard.press("Control+Enter");
  await page.locator(".result .status").getByText(/20\d/).waitFor();
  await good("sent request");
  await press("Undo", { exact: true });
  await said("Undone");
  const declared = creates.responses.map((one) => one.status).find((one) => /^4\d\d$/.test(one));
  await page.getByLabel("Response", { exact: true }).selectOption(`code=${declared}`);
  await press("Send", { exact: false });
  await page.locator(".result .status").getByText(declared).waitFor();

  // Worlds: fork, compare, snapshot, restore, reset, delete.
  await open(page, "worlds", {}, here);
  await press("Fork");
  await page.getByLabel("Name of the new world").fill(`${world}-fork`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `${world}-fork`, exact: true }).waitFor();
  await ready("worlds");
  assert.match(String((await control("/requests", { world: `${world}-fork`, method: "POST", body: { operation: create, api, parameters: parametersOf(creates), body, headers: { ...headers, "Content-Type": "application/json" } } })).status), /^20\d$/);
  await page.getByLabel("With").selectOption(world);
  await ready("worlds");
  await page.locator(".diff").getByText("added").first().waitFor();
  await good("compare");
  const saving = page.waitForEvent("download");
  await press("Snapshot");
  await page.getByRole("menuitem", { name: "Save as a file" }).click();
  const snapshot = await (await saving).path();
  assert.ok(JSON.parse(readFileSync(snapshot, "utf8")));
  await page.keyboard.press("r");
  await confirm("Reset");
  await said("Reset.");
  await ready("worlds");
  await page.getByLabel("A snapshot").setInputFiles(snapshot);
  await said("Restored.");
  await ready("worlds");
  await page.locator(".diff").getByText("added").first().waitFor();
  await press("Delete", { exact: true });
  await confirm("Delete");
  await page.waitForFunction(() => location.hash.includes("world=default"));

  // Clock.
  await open(page, "clock", {}, here);
  await press("+ 1 day");
  await said("Advanced by 1 day.");
  await press("Freeze");
  await shown("It is frozen until you change it.");
  await press("Resume");
  await said("Resumed.");
  await good("clock");

  // Faults: each preset, and a mistake in the text.
  await control("/faults", { ...here, method: "DELETE" });
  await open(page, "faults", {}, here);
  for (const preset of ["Slow 3G", "Flaky", "Rate-limited", "Offline", "Maintenance", "Fail twice, then work", "Realistic latency", "Broken JSON, once", "Truncated, once"]) {
    await page.getByLabel("Operation", { exact: true }).fill(list);
    await press(preset);
    await said("Fault added.");
    await ready("faults");
  }
  assert.equal((await control("/faults", here)).length, 9);
  await good("faults");
  await press("Remove all");
  await confirm("Remove all");
  await said("All faults removed.");
  await ready("faults");
  await page.getByLabel("Operation", { exact: true }).fill(list);
  await press("Maintenance");
  await said("Fault added.");
  assert.equal((await sendList()).status, 503);
  await ready("faults");
  await page.getByLabel("As text").fill("statsu=503");
  await press("Add fault");
  await said("Did you mean status?");

  // Contracts: what was sent is seen; a token.
  await open(page, "contracts", { api }, here);
  await page.getByLabel("Find an operation").fill(list);
  await page.locator(".vt-row .cell.seen").first().waitFor();
  await good("contracts");
  await press("Copy a token");
  await page.getByRole("menuitem").first().click();
  await said("copied.");
  assert.equal((await clipboard()).split(".").length, 3);

  // Verify: what is not met says so.
  await open(page, "verify", {}, here);
  await page.getByLabel("Operation", { exact: true }).fill(read);
  await page.getByLabel("How often").selectOption("never");
  await page.keyboard.press("Control+Enter");
  await shown("1 expectation is not met");
  await good("verify");
  await page.getByLabel("How often").selectOption("at least 1");
  await page.keyboard.press("Control+Enter");
  await shown("Met");
  await control(`/worlds/${world}`, { method: "DELETE" });
}
