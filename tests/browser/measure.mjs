// How quick the inspector is: first paint, the first rows, and filtering of 1,000 entries. Prints one line of JSON.
import { LOCUM_URL, api, control, open, walk } from "./page.mjs";

const operations = await control("/operations");
const reads = operations.filter((one) => one.method === "GET" && !one.path.includes("{")).slice(0, 20);
for (let sent = 0; sent < 1000; sent += 20) await Promise.all(Array.from({ length: 20 }, (_, index) => {
  const number = sent + index, one = reads[number % reads.length];
  return api(number % 7 ? `${one.path}?n=${number}` : `/nowhere/${number}`, { headers: { Authorization: "Bearer anything" } }).then((response) => response.arrayBuffer());
}));

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
const figures = {};
await walk("measured", async (page) => {
  const paints = [], rows = [];
  for (let times = 0; times < 5; times++) {
    await page.goto("about:blank");
    await page.goto(`${LOCUM_URL}/__locum/`);
    await page.locator(".vt-row").nth(5).waitFor();
    const [paint, shown] = await page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now()]);
    paints.push(paint);
    rows.push(shown);
  }
  const { entries } = await control("/worlds/default"); // fewer than were sent, where bodies are large
  await page.getByRole("status").getByText(`${entries.toLocaleString("en")} entries`).waitFor();
  await page.getByLabel("Group repeats").uncheck();
  const filter = (text) => page.evaluate(async (wanted) => {
    const input = document.getElementById("filter"), began = performance.now();
    input.value = wanted;
    input.dispatchEvent(new Event("input"));
    const done = performance.now();
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    return [done - began, performance.now() - began];
  }, text);
  const first = await filter("nowhere");
  const next = [];
  for (const word of ["n=1", "404", "authenticated", "list", "zzz", "get 2", "nowhere/9", "", "accept", "5"]) next.push(await filter(word));
  Object.assign(figures, {
    "first paint, ms": Math.round(median(paints)), "first rows, ms": Math.round(median(rows)), [`first filter of ${entries} entries, ms`]: Math.round(first[0]),
    "filter, median, ms": Math.round(10 * median(next.map(([work]) => work))) / 10, "filter, largest, ms": Math.round(10 * Math.max(...next.map(([work]) => work))) / 10, "filter to paint, median, ms": Math.round(median(next.map(([, painted]) => painted))),
  });
  await open(page, "journal");
  await page.locator(".vt-row").first().waitFor();
  figures["elements for all rows"] = await page.locator(".vt-row").count();
});
console.log(JSON.stringify(figures));
