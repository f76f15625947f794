// The journal: the requests of a world as they arrive, filtered and grouped, and the selected entry beside them.
import { get, here, remove, root } from "./api.js";
import { attempt, button, count, el, emptyState, report, select, tag, toneOf } from "./dom.js";
import { entryView } from "./entry.js";
import { forget, pathOf, readTexts, store } from "./store.js";
import { virtualTable } from "./table.js";

// The filters last while the page is open; the fields always show them.
const filters = { text: "", status: "", method: "", operation: "" };
const settings = { group: true, follow: true };
const opened = new Set(); // the oldest numbers of the groups that are unfolded
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];

const isFiltered = () => Object.values(filters).some(Boolean);

function fits(entry) {
  return (!filters.status || (filters.status === "fault" ? Boolean(entry.fault) : filters.status === "undeclared" ? !entry.operation : String(entry.status)[0] === filters.status)) &&
    (!filters.method || entry.method === filters.method) && (!filters.operation || entry.operation === filters.operation) &&
    (!filters.text || filters.text.toLowerCase().split(/\s+/).every((word) => entry.text.includes(word)));
}

/** Return the rows: entries, the newest first; successive ones that are alike are one row unless it is unfolded. */
export function rowsOf(entries, isGrouped) {
  if (!isGrouped) return entries.map((entry) => ({ entry, count: 1 })).reverse();
  const groups = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last && last[0].alike === entry.alike) last.push(entry);
    else groups.push([entry]);
  }
  const rows = [];
  for (const group of groups.reverse()) {
    const head = { entry: group.at(-1), count: group.length, oldest: group[0].number };
    rows.push(head);
    if (opened.has(head.oldest)) for (const entry of group.slice(0, -1).reverse()) rows.push({ entry, count: 1, head });
  }
  return rows;
}

export function journal(page, { params, go, signal }) {
  let shown = [], unseen = 0, chosen = Number(params.get("entry")) || 0, frame = 0;

  const search = el("input", { type: "text", role: "searchbox", id: "filter", placeholder: "Filter: path, operation, any text", "aria-label": "Filter", autocomplete: "off", spellcheck: "false", oninput: () => change({ text: search.value }) });
  const status = select([["", "All statuses"], ["2", "2XX"], ["3", "3XX"], ["4", "4XX"], ["5", "5XX"], ["0", "No response"], ["fault", "Faults"], ["undeclared", "Undeclared"]], "", { "aria-label": "Status", onchange: () => change({ status: status.value }) });
  const method = select([["", "All methods"], ...METHODS], "", { "aria-label": "Method", onchange: () => change({ method: method.value }) });
  const operation = select([["", "All operations"]], "", { "aria-label": "Operation", onchange: () => change({ operation: operation.value }) });
  const clearFilters = button("Clear filters", () => change({ text: "", status: "", method: "", operation: "" }), { key: "x" });
  const group = el("input", { type: "checkbox", checked: settings.group, onchange: () => { settings.group = group.checked; draw(); } });
  const following = el("input", { type: "checkbox", checked: settings.follow, onchange: () => { settings.follow = following.checked; if (settings.follow) { unseen = 0; table.toTop(); draw(); } } });
  const summary = el("p", { class: "soft small", role: "status" });
  const fresh = button("", () => { unseen = 0; table.toTop(); draw(); }, { class: "fresh", hidden: true });
  const kept = el("p", { class: "soft small" });

  const table = virtualTable({
    label: "Journal", key: (row) => row.entry.number, rowClass: (row) => (row.head ? "within" : row.entry.status >= 500 || !row.entry.status ? "is-bad" : ""),
    columns: [
      { title: "No.", width: "3.6rem", number: true, render: (row) => String(row.entry.number) },
      { title: "Time", width: "4.8rem", render: (row) => row.entry.at.slice(11, 19) },
      { title: "Status", width: "4rem", render: (row) => statusOf(row.entry) },
      { title: "Method", width: "4.6rem", render: (row) => methodOf(row.entry) },
      { title: "Path", width: "minmax(10rem, 5fr)", class: "mono", render: (row) => pathCell(row) },
      { title: "Operation", width: "minmax(6rem, 6fr)", render: (row) => whatOf(row.entry) },
      { title: "ms", width: "4rem", number: true, render: (row) => (row.entry.microseconds / 1000).toFixed(1) },
    ],
    narrow: (row) => [
      el("div", { class: "bar tight nowrap" }, statusOf(row.entry), methodOf(row.entry), el("span", { class: "mono cut" }, pathCell(row))),
      el("div", { class: "soft small cut" }, `${row.entry.at.slice(11, 19)}  ${(row.entry.microseconds / 1000).toFixed(1)} ms  ${row.entry.operation || "no operation"}${row.entry.reason ? `: ${row.entry.reason}` : ""}`),
    ],
    onopen: (row) => open(row.entry.number), onselect: (row) => { if (chosen) open(row.entry.number); },
    empty: () => (store.entries.length ? emptyState("No entry matches the filters", `${count(store.entries.length, "entry", "entries")} do not match.`, button("Clear filters", () => change({ text: "", status: "", method: "", operation: "" }), { class: "primary" })) : welcome()),
  });
  const panel = el("section", { class: "panel", "aria-label": "Entry", hidden: true, tabindex: "-1" });
  const split = el("div", { class: "split" }, el("div", { class: "main" }, fresh, table.element), panel);
  page.append(
    el("div", { class: "bar filters" }, search, status, method, operation, clearFilters),
    el("div", { class: "bar tight" }, summary, el("span", { class: "push" }), el("label", { class: "check" }, group, "Group repeats"), el("label", { class: "check" }, following, "Follow"),
      button("Clear journal", () => attempt(async () => { await remove("/journal"); forget(); close(); keptOf(); }, "Journal cleared."), { class: "small" })),
    split, kept);

  function statusOf(entry) { return el("span", { class: `status ${toneOf(entry.status)}` }, String(entry.status || "–")); }
  function methodOf(entry) { return el("span", { class: `method ${entry.method.toLowerCase()}` }, entry.method); }
  function pathCell(row) {
    const { entry } = row;
    return [el("span", { title: entry.base + entry.shownPath }, entry.shownPath),
      row.count > 1 && !row.head && el("button", { type: "button", class: "repeats", "aria-expanded": String(opened.has(row.oldest)), "aria-label": `${row.count} alike`, title: `${row.count} requests in a row that are alike: numbers ${row.oldest} to ${entry.number}`, onclick: () => { opened[opened.has(row.oldest) ? "delete" : "add"](row.oldest); draw(); } }, `×${row.count}`)];
  }
  function whatOf(entry) {
    return el("span", { class: "cut", title: entry.reason || null }, entry.fault && tag("fault", "bad"), entry.source && entry.source !== "fault" && tag(entry.source), entry.operation || el("em", { class: "soft" }, "no operation"), entry.reason && el("span", { class: "soft" }, `  ${entry.reason}`));
  }

  let reading = null;
  function change(now) {
    Object.assign(filters, now);
    draw();
    // What is typed is searched in the rows at once, and in headers, bodies and decisions as they are read.
    clearTimeout(change.timer);
    reading?.abort();
    reading = null;
    if (!filters.text) return;
    change.timer = setTimeout(async () => {
      const { signal: over } = reading = new AbortController();
      await readTexts(over, () => draw({ stay: true }));
      if (!over.aborted) { reading = null; draw({ stay: true }); }
    }, 250);
  }
  function sync() {
    if (search.value !== filters.text) search.value = filters.text;
    status.value = filters.status;
    method.value = filters.method;
    const names = [...new Set([filters.operation, ...store.entries.map((entry) => entry.operation)].filter(Boolean))].sort();
    if (operation.options.length !== names.length + 1) operation.replaceChildren(...[["", "All operations"], ...names.map((name) => [name, name])].map(([value, text]) => el("option", { value }, text)));
    operation.value = filters.operation;
    clearFilters.hidden = !isFiltered();
  }
  function draw({ stay = false } = {}) {
    frame = 0;
    sync();
    shown = isFiltered() ? store.entries.filter(fits) : store.entries;
    table.set(rowsOf(shown, settings.group), { stay });
    const read = filters.text ? store.entries.filter((entry) => entry.isWhole).length : 0;
    const searched = !filters.text || read === store.entries.length ? "" : reading ? `, searching headers and bodies: ${read.toLocaleString("en")} read` : ", by path, operation, status and reason";
    summary.textContent = (isFiltered() ? `${shown.length.toLocaleString("en")} of ${count(store.entries.length, "entry", "entries")}` : count(store.entries.length, "entry", "entries")) + searched;
    fresh.hidden = !unseen;
    fresh.textContent = `${count(unseen, "new request")} above`;
  }
  const take = (entries) => {
    if (!entries) { unseen = 0; close(); draw(); keptOf(); return; }
    // What you read stays where it is: without Follow, below the top, or with an open entry in a scrolled list.
    const stays = !settings.follow || !table.atTop;
    if (stays) unseen += entries.filter(fits).length;
    frame ||= requestAnimationFrame(() => { draw({ stay: stays }); if (!stays) table.toTop(); keptSoon(); });
  };
  store.listeners.add(take);
  signal.addEventListener("abort", () => { store.listeners.delete(take); clearTimeout(keptSoon.timer); clearTimeout(change.timer); reading?.abort(); });
  table.grid.addEventListener("scroll", () => { if (unseen && table.atTop) { unseen = 0; fresh.hidden = true; } }, { passive: true });

  function keptSoon() {
    clearTimeout(keptSoon.timer);
    keptSoon.timer = setTimeout(keptOf, 500);
  }
  async function keptOf() {
    const world = await get(`/worlds/${encodeURIComponent(here.world)}`).catch(() => null);
    if (!world || signal.aborted) return;
    const gone = world.requests - world.entries;
    kept.textContent = `The server keeps the latest ${world.most_entries.toLocaleString("en")} entries of each world, at most 16 MiB, without secrets; bodies beyond 64 KiB are cut.${gone > 0 ? ` ${count(gone, "older entry", "older entries")} of this world ${gone === 1 ? "is" : "are"} gone.` : ""}`;
  }

  let opening = Promise.resolve();
  function open(number) {
    opening = show(number);
  }
  async function show(number) {
    chosen = number;
    table.select(number);
    const entry = await get(`/journal/${number}`).catch((problem) => { report(problem.message, { bad: true }); return null; });
    if (!entry || chosen !== number) return;
    Object.assign(entry, pathOf(entry));
    panel.hidden = false;
    split.classList.add("open");
    panel.replaceChildren(entryView(entry, { go, close, signal }));
    panel.scrollTop = 0;
    const address = new URLSearchParams({ world: here.world, entry: number });
    history.replaceState(history.state, "", `#/journal?${address}`);
  }
  function close() {
    if (!chosen) return;
    chosen = 0;
    panel.hidden = true;
    split.classList.remove("open");
    panel.replaceChildren();
    history.replaceState(history.state, "", `#/journal?${new URLSearchParams({ world: here.world })}`);
    table.grid.focus({ preventScroll: true });
    table.draw();
  }
  function step(by) {
    table.move(by);
    const row = table.selected;
    if (row) open(row.entry.number);
  }

  draw();
  keptOf();
  if (chosen) open(chosen);
  // An entry that is about to open takes the keys that follow.
  const press = async (name) => { await opening; panel.querySelector(`[data-action="${name}"]`)?.click(); };
  return {
    keys: {
      "/": () => search.focus(), x: () => change({ text: "", status: "", method: "", operation: "" }),
      j: () => step(1), k: () => step(-1), Enter: () => (chosen ? panel.focus() : step(1)), Escape: close, f: () => following.click(), g: () => group.click(),
      n: () => { const now = table.selected?.entry.number ?? Infinity, failed = shown.filter((entry) => entry.status >= 400 || !entry.status), next = failed.findLast((entry) => entry.number < now) ?? failed.at(-1); if (next) open(next.number); else report("No request failed."); },
      s: () => press("replay"), e: () => press("edit"), p: () => press("prefer"), o: () => press("record"), t: () => press("test"), c: () => press("copy"),
    },
    escape: () => { if (filters.text) change({ text: "" }); else search.blur(); },
    help: [["/", "filter"], ["x", "clear the filters"], ["j k", "next and previous entry"], ["n", "next entry that failed"], ["f", "follow"], ["g", "group repeats"], ["s", "send the entry again"], ["e", "edit and resend"], ["p", "respond like this"], ["o", "open the record"], ["t", "make a test"], ["c", "copy"]],
  };
}

function welcome() {
  const world = here.world === "default" ? "" : `/~${here.world}`;
  return emptyState("No requests yet", "Requests appear here as they arrive. Send one from Compose, or from a terminal:", el("pre", { tabindex: "0" }, `curl -i ${root}${world}/hello`));
}
