// Somebody signs in with a client library that knows nothing of locum: oidc-client-ts, in a page of its own origin.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { LOCUM_URL, CHROMIUM } = process.env;
const library = readFileSync("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js");
const PAGE = `<!doctype html><title>App</title><button id="in">Sign in</button><button id="again">Refresh</button><pre></pre>
<script src="/library.js"></script><script type="module">
  const say = (text) => { document.querySelector("pre").textContent += text + "\\n"; };
  const users = new oidc.UserManager({
    authority: "${LOCUM_URL}/~signing-in/__locum/oidc", client_id: "app", redirect_uri: location.origin + "/callback",
    scope: "openid profile email offline_access", automaticSilentRenew: false,
  });
  document.querySelector("#in").onclick = () => users.signinRedirect();
  document.querySelector("#again").onclick = async () => say("refreshed: " + Boolean((await users.signinSilent()).access_token));
  if (location.pathname === "/callback") {
    const user = await users.signinCallback();
    say("hello " + user.profile.name + " " + user.profile.email);
    const answer = await fetch("${LOCUM_URL}/workflows", { headers: { Authorization: "Bearer " + user.access_token } });
    say("workflows: " + answer.status + " " + (await answer.json()).length);
  }
</script>`;
const server = createServer((request, answer) => {
  if (request.url === "/library.js") answer.setHeader("Content-Type", "text/javascript").end(library);
  else answer.setHeader("Content-Type", "text/html").end(PAGE);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const page = await browser.newPage();
const complaints = [];
page.on("pageerror", (problem) => complaints.push(String(problem)));
try {
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Who signs in?").waitFor();
  await page.getByText("Chiara Russo").click();
  await page.getByText("hello Chiara Russo chiara@northwind.example").waitFor();
  await page.getByText(/workflows: 200 \d+/).waitFor();
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText("refreshed: true").waitFor();
  assert.deepEqual(complaints, []);
  console.log("somebody has signed in");
} catch (problem) {
  console.error(problem, complaints, await page.locator("body").innerText().catch(() => ""));
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
