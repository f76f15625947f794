// Every action of the inspector, on the bundled APIs, as a user does it.
import assert from "node:assert/strict";
import { api, check, control, open, shot, walk } from "./page.mjs";

const EXPECTED = /409 \(Conflict\)|422 \(Unprocessable|404 \(Not Found\)|ERR_FAILED/; // what is provoked here

await walk("the inspector is as it should be", async (page) => {
  const shown = (text) => page.getByText(text, { exact: false }).first().waitFor();
  const said = (text) => page.locator("#message.shown").getByText(text).waitFor();
  const rows = page.locator(".vt-row");
  const press = (name, options = {}) => page.getByRole("button", { name, ...options }).first().click();
  const count = (number) => page.waitForFunction((wanted) => document.querySelectorAll(".vt-row").length === wanted, number);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const ready = (view) => page.locator(`.page[data-view="${view}"][data-ready]`).waitFor();

  // An empty journal says what to do, and requests arrive by themselves.
  await open(page, "journal");
  await shown("No requests yet");
  await api("/api/keys");
  await api("/api/keys", { method: "POST", body: { name: "Nightly import", permissions: ["workflows:read"] } });
  await api("/api/keys", { method: "POST", body: { name: "x", permissions: ["workflows:read"] } });
  await api("/api/keys/nothing", { method: "DELETE" });
  await api("/api/keys/nothing", { method: "PUT" });
  for (let times = 0; times < 4; times++) await api("/workflows");
  await count(6); // four that are alike are one row
  await page.getByRole("button", { name: "4 alike" }).click();
  await count(9);
  await page.getByRole("button", { name: "4 alike" }).click();

  // The filters match what is shown, after Esc as well.
  await page.keyboard.press("/");
  await page.keyboard.type("deleteApiKey");
  await count(1);
  await page.keyboard.press("Escape");
  await count(6);
  assert.equal(await page.getByLabel("Filter", { exact: true }).inputValue(), "");
  await page.keyboard.press("Escape");
  await page.getByLabel("Status", { exact: true }).selectOption("4");
  await count(3);
  await shown("3 of 9 entries");
  await page.getByLabel("Operation", { exact: true }).selectOption("deleteApiKey");
  await count(1);
  await page.keyboard.press("Escape");
  await press("Clear filters");
  await count(6);
  assert.equal(await page.getByLabel("Status", { exact: true }).inputValue(), "");

  // Without Follow, what is read stays where it is.
  await page.getByLabel("Follow").uncheck();
  await api("/api/keys");
  await shown("1 new request above");
  await page.getByLabel("Follow").check();

  // An entry: why, what nearly matched, the violation at its place.
  await page.getByLabel("Status", { exact: true }).selectOption("undeclared");
  await rows.first().click();
  await shown("PUT /api/keys/{id} is not declared; DELETE and GET are.");
  await press("Close (Esc)");
  await page.getByLabel("Status", { exact: true }).selectOption("4");
  await rows.filter({ hasText: "createApiKey" }).first().click();
  await page.locator('.json .marked[data-pointer="/name"]').getByText("must have at least 3 characters").waitFor();
  await shot(page, "inspector-journal");

  // Copy it in every form, and make tests.
  for (const [form, text] of [["curl", /^curl -i .*"\$LOCUM_TOKEN"/s], ["fetch (JavaScript)", /await fetch\(/], ["httpx (Python)", /httpx\.request\(/], ["HAR", /"creator"/], ["scenario (Arazzo)", /arazzo: .1\./]]) {
    await press("Copy as");
    await page.getByRole("menuitem", { name: form }).click();
    await said(`The entry as ${form} copied.`);
    assert.match(await clipboard(), text);
  }
  for (const [name, text] of [["pytest", "def test_responses_are_repeated"], ["Playwright", "import { expect, test }"]]) {
    await press("Make a test");
    await page.getByRole("menuitem", { name }).click();
    await page.locator("dialog pre").getByText(text).waitFor();
    if (name === "pytest") await check(page, "the dialog of a test");
    await page.keyboard.press("Escape");
  }
  await press("Copy as");
  await check(page, "a menu");
  await page.keyboard.press("Escape");

  // Edit and resend: the name is long enough, and the credentials are those that were sent.
  await press("Edit and resend");
  await ready("compose");
  const body = page.getByLabel("Body", { exact: true });
  await body.fill((await body.inputValue()).replace('"x"', '"Long enough"'));
  await page.keyboard.press("Control+Enter");
  await page.locator(".result .status").getByText("201").waitFor();
  await press("Undo");
  await said("Undone.");
  assert.ok(!(await (await api("/api/keys")).text()).includes("Long enough"));
  await press("Open in the journal");
  await ready("journal");

  // Replay; respond like this; fail the next; open the record.
  await page.getByLabel("Status", { exact: true }).selectOption("");
  await rows.filter({ hasText: "listApiKeys" }).first().click();
  await press("Replay");
  await said("Replayed: 200, as before.");
  await press("Fail the next");
  await page.getByLabel("How many").fill("2");
  await press("Inject the fault");
  await said("The next 2 requests to listApiKeys fail.");
  assert.deepEqual([(await api("/api/keys")).status, (await api("/api/keys")).status, (await api("/api/keys")).status], [503, 503, 200]);
  await rows.filter({ hasText: "deleteApiKey" }).first().click();
  await press("Respond like this", { exact: false });
  await page.locator("dialog").getByRole("button", { name: "Respond like this" }).click();
  await said("deleteApiKey responds with 404 from now on.");
  const [{ key: known }] = await control("/records/ApiKey?limit=1");
  assert.equal((await api(`/api/keys/${known}`, { method: "DELETE" })).status, 404);
  await control("/preferences", { method: "DELETE" });
  await api(`/api/keys/${known}`);
  await rows.filter({ hasText: "getApiKey" }).first().click();
  await page.locator(".entry").getByText("getApiKey").first().waitFor();
  await press("Open record");
  await ready("records");
  await page.getByRole("heading", { name: known }).waitFor();

  // Records: an invalid one is rejected at its place, a valid one is saved; add, duplicate, delete.
  await page.getByLabel("as JSON", { exact: true }).check();
  const json = page.getByLabel("The record as JSON");
  const valid = await json.inputValue();
  await json.fill('{"nonsense": true}');
  await page.keyboard.press("Control+Enter");
  await said("Not saved");
  await check(page, "a rejected record");
  await json.fill(valid);
  await page.getByLabel("as JSON", { exact: true }).uncheck();
  await page.getByLabel("name", { exact: true }).fill("Renamed by hand");
  await page.keyboard.press("Control+Enter");
  await said("Saved.");
  await ready("records");
  await page.locator(".member.changed").first().waitFor();
  await shot(page, "inspector-record");
  assert.ok((await (await api("/api/keys")).text()).includes("Renamed by hand"));
  await page.getByLabel("Filter records").fill("Renamed by");
  await count(1);
  await page.keyboard.press("Escape");
  await press("Duplicate");
  await page.getByLabel("Key", { exact: true }).fill("api_key_000000000000000000000000000");
  await page.getByLabel("secret", { exact: true }).fill("another-secret");
  await press("Save");
  await said("Saved.");
  await ready("records");
  await page.getByRole("heading", { name: "api_key_000000000000000000000000000" }).waitFor();
  await press("Delete");
  await page.locator("dialog").getByRole("button", { name: "Delete" }).click();
  await said("Deleted.");
  await ready("records");
  await page.getByRole("link", { name: "Run", exact: false }).first().click();
  await ready("records");
  await rows.first().click();
  await page.locator(".relations").getByText("names Workflow").waitFor();
  await page.locator(".relations a").first().click();
  await page.locator(".relations").getByText("of Run by").waitFor();

  // Compose: a prefilled request of any user, a response by name, and undo.
  await open(page, "compose");
  await page.getByLabel("Find an operation").fill("create an api key");
  await count(1);
  await rows.first().click();
  await ready("compose");
  await page.locator(".schema-form").getByLabel("name", { exact: false }).first().fill("From the page");
  await page.getByLabel("Send as").selectOption({ index: 1 });
  await page.keyboard.press("Control+Enter");
  await page.locator(".result .status").getByText("201").waitFor();
  await shot(page, "inspector-compose");
  await check(page, "a sent request");
  assert.ok((await (await api("/api/keys")).text()).includes("From the page"));
  await press("Undo", { exact: true });
  await said("Undone");
  assert.ok(!(await (await api("/api/keys")).text()).includes("From the page"));
  await page.getByLabel("Response", { exact: true }).selectOption("code=403");
  await press("Send");
  await page.locator(".result .status").getByText("403").waitFor();

  // Worlds: fork, compare, reset, delete.
  await open(page, "worlds");
  await shown("changed");
  await press("Fork");
  await page.getByLabel("Name of the new world").fill("try-it");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "try-it", exact: true }).waitFor();
  await ready("worlds");
  await api("/api/keys", { world: "try-it", method: "POST", body: { name: "Only here", permissions: ["workflows:read"] } });
  await page.getByLabel("With").selectOption("default");
  await ready("worlds");
  await page.locator(".diff .now").getByText("Only here").waitFor();
  await shot(page, "inspector-worlds");
  await page.keyboard.press("r");
  await page.locator("dialog").getByRole("button", { name: "Reset" }).click();
  await said("Reset.");
  assert.ok(!(await (await api("/api/keys", { world: "try-it" })).text()).includes("Only here"));
  await press("Delete", { exact: true });
  await page.locator("dialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForFunction(() => location.hash.includes("world=default"));

  // Clock: what is due, and on to it.
  await open(page, "clock");
  await page.locator(".events li").first().waitFor();
  await press("Advance to the next event");
  await said("Advanced to");
  await press("+ 1 day");
  await said("Advanced by 1 day.");
  await press("Freeze");
  await shown("It is frozen until you change it.");
  await press("Resume");

  // Faults: a preset, the form, the text, and its mistakes; preferences.
  await open(page, "faults");
  await page.getByLabel("Operation", { exact: true }).fill("listApiKeys");
  await press("Maintenance");
  await said("Fault added.");
  assert.equal((await api("/api/keys")).status, 503);
  await ready("faults");
  await page.getByLabel("Effect").selectOption("latency");
  await page.getByLabel("How many requests").fill("2");
  assert.equal(await page.getByLabel("As text").inputValue(), "latency=lognormal(180ms, 0.6), times=2");
  await page.getByLabel("As text").fill("statsu=503");
  await press("Add fault");
  await said("Did you mean status?");
  await page.getByLabel("Operation to prefer for").fill("listApiKeys");
  await page.getByLabel("Response", { exact: true }).fill("code=401");
  await press("Prefer", { exact: true });
  await said("Preference set.");
  await ready("faults");
  await press("Remove all");
  await page.locator("dialog").getByRole("button", { name: "Remove all" }).click();
  await said("All faults removed.");
  assert.equal((await api("/api/keys")).status, 401);
  await ready("faults");
  await press("Remove the preference of listApiKeys");
  await said("Preference removed.");

  // Contracts: search, coverage, diagnostics with their lines, a token.
  await open(page, "contracts");
  await shown("declared responses sent in this world");
  await page.getByText("Diagnostics: 2 warnings").click();
  await page.locator(".diagnostics").getByText(/api-keys\.yaml:\d+:\d+/).first().waitFor();
  await page.getByLabel("Find an operation").fill("rotate");
  await count(1);
  await press("Copy a token");
  await page.getByRole("menuitem", { name: "Bram de Wit" }).click();
  await said("A token for Bram de Wit copied.");
  assert.equal((await clipboard()).split(".").length, 3);

  // Verify: what is not met says so, with the nearest request.
  await open(page, "verify");
  await page.getByLabel("Operation", { exact: true }).fill("createApiKey");
  await page.getByLabel("How often").selectOption("never");
  await page.keyboard.press("Control+Enter");
  await shown("1 expectation is not met");
  await check(page, "a failed verification");
  await page.getByLabel("How often").selectOption("at least 1");
  await page.keyboard.press("Control+Enter");
  await shown("Met");
  await press("Copy as command");
  assert.equal(await clipboard(), "locum journal verify 'createApiKey'");

  // Dark and light are kept; the keys are listed; a view that fails says what to do.
  await page.keyboard.press("Escape");
  await page.keyboard.press("d");
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await ready("verify");
  await page.keyboard.press("?");
  await page.locator("dialog").getByText("choose the world").waitFor();
  await check(page, "the keys, dark");
  await page.keyboard.press("Escape");
  await page.route("**/__locum/**", (route) => route.abort());
  await page.keyboard.press("4");
  await shown("Try again");
  await page.locator("#banner").getByText("does not respond").waitFor();
  await page.unroute("**/__locum/**");
  await press("Try again");
  await ready("worlds");
  await page.locator("#banner").waitFor({ state: "hidden" });

  // A world that the path names is the one that is shown, and its API docs leave no trace in it.
  await open(page, "journal", {}, { base: "/~named", world: "named" });
  await page.waitForFunction(() => document.querySelector("#world").value === "named");
  const before = await control("/worlds/named");
  assert.match(await page.getByRole("link", { name: "API docs" }).getAttribute("href"), /\/~named\/__locum\/docs\/$/);
  await page.getByRole("link", { name: "API docs" }).click();
  await page.getByRole("link", { name: "API Keys", exact: false }).first().click();
  await page.locator(".opblock").first().waitFor();
  const after = await control("/worlds/named");
  assert.deepEqual([after.requests, after.clock.now], [before.requests, before.clock.now]);
}, { expected: EXPECTED });
