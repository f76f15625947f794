// Every view at several widths, light and dark: no error, nothing wider than the window, no finding of axe-core.
// WIDTHS and THEMES choose; SHOTS takes pictures.
import { api, check, control, open, shot, walk } from "./page.mjs";

const widths = (process.env.WIDTHS ?? "1280").split(",").map(Number), themes = (process.env.THEMES ?? "light").split(",");
const name = process.env.NAME ?? "";

const operations = await control("/operations");
const isBundled = operations.some((one) => one.operation === "createApiKey");
const reads = operations.filter((one) => one.method === "GET" && !one.path.includes("{")).slice(0, 12);
for (const one of reads) await api(one.path, { headers: { Authorization: "Bearer anything" } });
for (const one of operations.filter((each) => each.method === "POST").slice(0, 8)) await control("/requests", { method: "POST", body: { operation: one.operation, api: one.api, body: { nonsense: 1 }, headers: { Authorization: "Bearer anything", "Content-Type": "application/json" } } });
if (isBundled) {
  const token = process.env.LOCUM_TOKEN;
  await api("/api/keys", { method: "POST", body: { name: "Nightly import", permissions: ["workflows:read"] }, headers: { Authorization: `Bearer ${token}` } });
  await api("/api/keys", { method: "POST", body: { name: "x" }, headers: { Authorization: `Bearer ${token}` } });
}
await control("/faults", { method: "POST", body: { text: `operation=${operations.at(-1).operation}, status=503, times=2` } });
const entries = await control("/journal?limit=1000");
const failed = entries.findLast((entry) => entry.violations.length) ?? entries.findLast((entry) => entry.status >= 400) ?? entries.at(-1);
const types = await control("/records");
const type = types.find((one) => one.records > 1) ?? types[0];
const [record] = type ? await control(`/records/${encodeURIComponent(type.name)}?limit=1`) : [];
const body = operations.find((one) => one.method === "POST") ?? operations[0];
const VIEWS = [
  ["journal", "journal", {}], ["journal-entry", "journal", { entry: failed.number }], ["compose", "compose", { operation: body.operation, api: body.api }], ["compose-entry", "compose", { entry: failed.number }],
  ["records", "records", type ? { type: type.name } : {}], ["record", "records", record ? { type: type.name, key: record.key } : {}], ["worlds", "worlds", {}], ["clock", "clock", {}], ["faults", "faults", {}], ["contracts", "contracts", {}], ["verify", "verify", {}],
];

await walk("every view is as it should be", async (page) => {
  for (const theme of themes) {
    for (const width of widths) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: width < 500 ? 844 : width < 1000 ? 1024 : 860 });
      for (const [title, view, query] of VIEWS) {
        await open(page, view, query);
        if (view === "journal") await page.locator(query.entry ? ".entry" : ".vt-row").first().waitFor();
        if (process.env.SHOTS) await page.waitForTimeout(250);
        await shot(page, `${name}${title}-${width}-${theme}`);
        await check(page, `${title} at ${width} px, ${theme}`);
      }
    }
  }
});
