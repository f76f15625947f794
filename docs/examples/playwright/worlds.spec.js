// Tests at once on one server, each in its world, and twenty pages at once; and what else a world is good for.
import { createServer } from "node:http";
import { expect, test as base, World } from "./locum.js";

// A frontend in one file: it lists API keys, and makes them.
const FRONTEND = (api, token) => `<!doctype html><title>Keys</title>
<button>New key</button><ul></ul><p role="alert"></p>
<script type="module">
  const headers = { Authorization: "Bearer ${token}", "Content-Type": "application/json" };
  const list = document.querySelector("ul"), alert = document.querySelector("p");
  async function show() {
    const answer = await fetch("${api}/api/keys", { headers });
    if (!answer.ok) { alert.textContent = "Something is wrong: " + answer.status; return; }
    alert.textContent = "";
    list.replaceChildren(...(await answer.json()).map((key) => Object.assign(document.createElement("li"), { textContent: key.name })));
  }
  document.querySelector("button").onclick = async () => {
    const key = { name: "Key " + (list.children.length + 1), permissions: ["sites:read"] };
    await fetch("${api}/api/keys", { method: "POST", headers, body: JSON.stringify(key) });
    await show();
  };
  await show();
</script>`;

// Serves the frontend on a port of its own, as a development server would: `open(token)` shows it to the test.
const test = base.extend({
  open: async ({ page, world }, use) => {
    let token;
    const server = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html").end(FRONTEND(world.url, token));
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    await use(async (wanted) => {
      token = wanted;
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
    });
    server.close();
    server.closeAllConnections();
  },
});

for (let number = 1; number <= 5; number++) {
  test(`keys are made in this test alone, ${number}`, async ({ page, world, open }) => {
    await open(await world.token());
    await expect(page.getByRole("listitem")).toHaveCount(2);
    for (let made = 1; made <= number; made++) {
      await page.getByRole("button").click();
      await expect(page.getByRole("listitem")).toHaveCount(2 + made);
    }
    await world.verify(`createApiKey ${number} times answered 201`, { nothing_undeclared: true, nothing_rejected: true });
  });
}

test("an error is shown, and goes away", async ({ page, world, open }) => {
  await world.fault("operation=listApiKeys, status=503, times=1");
  await open(await world.token());
  await expect(page.getByRole("alert")).toHaveText("Something is wrong: 503");
  await page.getByRole("button").click();
  await expect(page.getByRole("alert")).toBeEmpty();
});

test("a session that has expired is noticed", async ({ page, world, open }) => {
  const token = await world.token({ lifetime: "1h" });
  await open(token);
  await expect(page.getByRole("listitem")).toHaveCount(2);
  await world.advance("2h");
  await page.reload();
  await expect(page.getByRole("alert")).toHaveText("Something is wrong: 401");
});

test("twenty contexts of one browser at once, each in its world", async ({ browser, open, page }) => {
  await open(await new World("default").token());
  const frontend = page.url();
  const people = Array.from({ length: 20 }, async (_, number) => {
    const world = new World(`person-${number}`);
    await world.create();
    const context = await browser.newContext({ extraHTTPHeaders: { "X-Locum-World": world.name } });
    const own = await context.newPage();
    await own.goto(frontend);
    for (let made = 1; made <= number % 4; made++) {
      await own.getByRole("button").click();
      await expect(own.getByRole("listitem")).toHaveCount(2 + made);
    }
    await expect(own.getByRole("listitem")).toHaveCount(2 + (number % 4));
    await context.close();
    await world.drop();
  });
  await Promise.all(people);
});
