// Worlds: all of them, actions on the selected one, and what differs between two.
import { get, here, post, put, remove, segment } from "./api.js";
import { attempt, button, confirmed, count, download, el, emptyState, field, menuButton, pretty, prompted, select, tag } from "./dom.js";
import { virtualTable } from "./table.js";

const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}";
const shortName = (name) => name.split(".").at(-1);

export async function worlds(page, { params, go, enter, refresh, signal }) {
  const [all, fixtures] = await Promise.all([get("/worlds"), get("/fixtures")]);
  if (signal.aborted) return {};
  const path = (name = here.world) => `/worlds/${segment(name)}`;
  const act = (what, done) => attempt(async () => { await what(); await refresh(); }, done);
  const other = params.get("with") ?? "";

  const upload = el("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "A snapshot", onchange: () => act(async () => put(`${path()}/snapshot`, JSON.parse(await upload.files[0].text())), "Restored.") });
  const current = all.find((world) => world.name === here.world);
  page.append(
    el("section", { class: "card" },
      el("div", { class: "bar" }, el("h2", {}, here.world), current && el("span", { class: "soft" }, `seed ${current.seed}, ${current.clock.now.slice(0, 16).replace("T", " ")}, ${count(current.requests, "request")}, ${count(current.records, "record")}`)),
      el("div", { class: "bar" },
        button("Reset", async () => { if (await confirmed(`Reset ${here.world} to its initial state?`, "Reset")) act(() => post(`${path()}/reset`), "Reset."); }, { class: "primary", key: "r" }),
        button("Fork", fork, { key: "f" }),
        menuButton("Snapshot", [["Save as a file", save], ["Restore from a file", () => upload.click()], ["Save as a fixture", fixture]]), upload,
        fixtures.length > 0 && menuButton("Restore a fixture", fixtures.map((one) => [`${one.name} (${count(one.records, "record")})`, () => act(() => post(`${path()}/restore`, { fixture: one.name }), `${one.name} restored.`)])),
        button("Delete", drop, { class: "danger push" }))),
    el("section", { class: "card" }, el("div", { class: "bar" }, el("h2", {}, "Compare"), field("With", select([["", "its initial state"], ...all.filter((world) => world.name !== here.world).map((world) => world.name)], other, { onchange: (event) => go("worlds", event.target.value ? { with: event.target.value } : {}) }))), await comparison()),
    el("section", { class: "card" }, el("div", { class: "bar" }, el("h2", {}, count(all.length, "world")), button("New world", create, { key: "n", class: "push" })), listOf()));

  function listOf() {
    const table = virtualTable({
      label: "Worlds", key: (world) => world.name, rowHeight: 36,
      columns: [
        { title: "Name", width: "minmax(8rem, 2fr)", sort: (world) => world.name, render: (world) => el("span", { class: "cell-bar" }, el("span", { class: "cut", title: world.name }, readable(world.name)), world.name === here.world && tag("selected", "good")) },
        { title: "Seed", width: "5rem", number: true, sort: (world) => world.seed, render: (world) => String(world.seed) },
        { title: "Time", width: "10rem", sort: (world) => world.clock.now, render: (world) => world.clock.now.slice(0, 16).replace("T", " ") },
        { title: "Clock", width: "5.5rem", sort: (world) => world.clock.mode, render: (world) => world.clock.mode },
        { title: "Requests", width: "5.5rem", number: true, sort: (world) => world.requests, render: (world) => world.requests.toLocaleString("en") },
        { title: "Records", width: "5.5rem", number: true, sort: (world) => world.records, render: (world) => world.records.toLocaleString("en") },
        { title: "Faults", width: "4.5rem", number: true, sort: (world) => world.faults, render: (world) => String(world.faults) },
      ],
      narrow: (world) => [el("div", { class: "bar tight nowrap" }, el("strong", { class: "cut" }, readable(world.name)), world.name === here.world && tag("selected", "good")), el("div", { class: "soft small cut" }, `seed ${world.seed}, ${count(world.requests, "request")}, ${count(world.records, "record")}`)],
      onopen: (world) => enter(world.name), empty: () => "No worlds.",
    });
    table.element.classList.add("short");
    table.set(all);
    return table.element;
  }
  async function comparison() {
    const changes = await get(`${path()}/changes`, other ? { since: other } : {}).catch((problem) => problem);
    if (changes instanceof Error) return el("p", { class: "bad" }, changes.message);
    if (!changes.length) return emptyState("No differences", other ? `${here.world} has the same records as ${other}.` : "No record changed since the world started.");
    return diff(changes, (type, key) => `#/records?${new URLSearchParams({ world: here.world, type, key })}`);
  }
  async function fork() {
    const into = await prompted(`Fork ${here.world}`, "Name of the new world", free(`${here.world}-2`), "Fork", NAME);
    if (into) await attempt(async () => { await post(`${path()}/fork`, { into }); enter(into); }, `Forked into ${into}.`);
  }
  function free(name) {
    const taken = new Set(all.map((world) => world.name));
    for (let number = 2; taken.has(name); number++) name = `${name.replace(/-\d+$/, "")}-${number}`;
    return name;
  }
  async function create() {
    const name = await prompted("New world", "Name", free("world-2"), "Create", NAME);
    if (name) await attempt(async () => { await post("/worlds", { name }); enter(name); }, `${name} created.`);
  }
  async function fixture() {
    const name = await prompted("Save as a fixture", "Name", here.world, "Save", NAME);
    if (name) await act(() => put(`/fixtures/${segment(name)}`), `Saved as ${name}.`);
  }
  async function save() {
    await attempt(async () => download(`${pretty(await get(`${path()}/snapshot`))}\n`, `${here.world}.json`, "application/json"), "Snapshot saved.");
  }
  async function drop() {
    if (await confirmed(`Delete the world ${here.world} with its records and journal?`, "Delete")) await attempt(async () => { await remove(path()); enter("default"); }, "Deleted.");
  }
  return { keys: { f: fork, n: create }, help: [["f", "fork the world"], ["n", "new world"], ["r", "reset the world"]] };
}

/** Shorten a long name, as of a test, in its middle. */
const readable = (name) => (name.length > 44 ? `${name.slice(0, 28)}…${name.slice(-14)}` : name);

/** Return a view of changes: by record, each member with its value before and after. */
export function diff(changes, href) {
  const groups = new Map();
  for (const change of changes) {
    const at = `${change.type}\n${change.key}`;
    groups.set(at, [...(groups.get(at) ?? []), change]);
  }
  const kinds = { added: 0, removed: 0, changed: 0 };
  for (const [first] of groups.values()) kinds[first.pointer === "" ? first.kind : "changed"] += 1;
  const shown = [...groups.values()].slice(0, 200);
  return el("div", { class: "diff" },
    el("p", { class: "soft small" }, `${count(kinds.added, "record")} added, ${kinds.changed} changed, ${kinds.removed} removed${groups.size > shown.length ? `; the first ${shown.length} are shown` : ""}.`),
    shown.map((found) => {
      const [first] = found, whole = first.pointer === "", kind = whole ? first.kind : "changed";
      return el("details", { open: groups.size <= 12 }, el("summary", {}, tag(kind, { added: "good", removed: "bad", changed: "warn" }[kind]), " ", shortName(first.type), " ", el("span", { class: "mono wrap" }, first.key), !whole && el("span", { class: "soft small" }, ` ${count(found.length, "member")}`)),
        kind !== "removed" && el("p", { class: "small" }, el("a", { href: href(first.type, first.key) }, "Open the record")),
        el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `Difference of ${first.key}` }, el("table", {}, el("thead", {}, el("tr", {}, ["Member", kind !== "added" && "Before", kind !== "removed" && "After"].filter(Boolean).map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, (whole ? membersOf(first) : found).map((change) => el("tr", {},
          el("td", { class: "mono" }, change.pointer.slice(1) || "the record"), kind !== "added" && el("td", { class: "mono was" }, text(change.before)), kind !== "removed" && el("td", { class: "mono now" }, text(change.after))))))));
    }));
}

function membersOf(change) {
  const held = change.after ?? change.before, side = change.kind === "added" ? "after" : "before";
  if (held === null || typeof held !== "object" || Array.isArray(held)) return [change];
  return Object.entries(held).map(([name, value]) => ({ pointer: `/${name}`, [side]: value }));
}

function text(value) {
  if (value === undefined) return "";
  const written = JSON.stringify(value);
  return written.length > 300 ? `${written.slice(0, 299)}…` : written;
}
