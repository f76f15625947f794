// The rows of the selected world's journal, followed while the page is open; whole entries are read where they are needed.
import { follow, get, here, lost } from "./api.js";

const MOST = 5000; // rows that this page keeps; the server keeps fewer
const AT_ONCE = 25; // entries per request for their texts, so that the server serves others in between

/** `entries` are the rows, the oldest first; listeners get the rows that are new, or null after a reset. */
export const store = { entries: [], listeners: new Set(), bases: new Map(), world: null };

let leave = new AbortController();

/** Follow the journal of the selected world; nothing happens if it is followed already. */
export async function followWorld() {
  if (store.world === here.world && !leave.signal.aborted) return;
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  store.world = here.world;
  store.entries = [];
  tell(null);
  await readBases();
  while (!signal.aborted) {
    try {
      for await (const events of follow(signal, store.entries.at(-1)?.number ?? 0)) take(events);
    } catch {
      if (signal.aborted) return;
      lost();
    }
    await new Promise((again) => setTimeout(again, 1500));
  }
}

function take(events) {
  let fresh = [];
  for (const { event, data } of events) {
    if (event === "reset") {
      store.entries = [];
      fresh = [];
      tell(null);
    } else {
      fresh.push(derived(data));
    }
  }
  if (!fresh.length) return;
  store.entries.push(...fresh);
  if (store.entries.length > MOST) store.entries.splice(0, store.entries.length - MOST);
  tell(fresh);
}

function tell(fresh) {
  for (const listener of store.listeners) listener(fresh);
}

/** Empty the list, after the journal was cleared. */
export function forget() {
  store.entries = [];
  tell(null);
}

/** Return a row with what the views show of it. */
function derived(row) {
  Object.assign(row, pathOf(row));
  row.alike = [row.method, row.template || row.path.split("?")[0], row.status, row.reason].join("\n");
  row.text = [row.method, row.path, row.operation, row.api, row.status, row.verdict, row.reason, row.fault].join(" ").toLowerCase();
  row.isWhole = false; // whether the text has headers, bodies and decisions too
  return row;
}

/** Read the base paths of the documents, once. */
export async function readBases() {
  if (!store.bases.size) for (const contract of await get("/contracts", { diagnostics: false }).catch(() => [])) store.bases.set(contract.name, contract.base_path.replace(/\/$/, ""));
}

/** Return the path of a row or an entry without the base path of its document, and the base path. */
export function pathOf({ api, path }) {
  const base = api ? store.bases.get(api) ?? "" : [...store.bases.values()].find((one) => one && path.startsWith(`${one}/`)) ?? "";
  return base && path.startsWith(`${base}/`) ? { shownPath: path.slice(base.length), base } : { shownPath: path, base: "" };
}

/** Read the whole texts of the rows that have none yet, the newest first, until the signal aborts; call `step` after each part. */
export async function readTexts(signal, step) {
  const read = new Set();
  for (;;) {
    const missing = store.entries.filter((row) => !row.isWhole && !read.has(row.number));
    if (!missing.length || signal.aborted) return;
    const last = missing.at(-1).number, first = Math.max(missing.at(-AT_ONCE)?.number ?? missing[0].number, last - AT_ONCE + 1);
    const entries = await get("/journal", { after: first - 1, limit: last - first + 1 }).catch(() => []);
    if (signal.aborted) return;
    const byNumber = new Map(entries.map((entry) => [entry.number, entry]));
    for (const row of missing) {
      if (row.number < first || row.number > last) continue;
      read.add(row.number); // also if the server has no entry any more
      const entry = byNumber.get(row.number);
      if (entry) { row.text += ` ${JSON.stringify(entry).toLowerCase()}`; row.isWhole = true; }
    }
    step();
  }
}
