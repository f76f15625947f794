// Records: types by document, a table of the records of one type, and the selected record in a form or as JSON.
import { get, here, put, remove, segment } from "./api.js";
import { attempt, button, confirmed, count, el, emptyState, field, fill, pretty, report, tag } from "./dom.js";
import { schemaForm, suggested } from "./form.js";
import { jsonView, pointerOf } from "./json.js";
import { describe, incoming, isOfType, outgoing, recordsOf, types } from "./related.js";
import { virtualTable } from "./table.js";

const last = { type: "", asJson: false, search: "" };
const PREFERRED = ["name", "title", "label", "display_name", "status", "state", "type", "kind", "email", "username", "login", "role", "amount", "currency", "price", "description", "created_at", "createdAt", "created", "updated_at"];
const MOST_COLUMNS = 6;

/** Return the members that are worth a column: short scalars that differ, the telling names first. */
export function columnsOf(records, identity) {
  const seen = new Map(), times = new Map(), some = Math.min(50, records.length);
  for (const { key, value } of records.slice(0, 50)) {
    if (value === null || typeof value !== "object") continue;
    for (const [name, held] of Object.entries(value)) {
      if (held === null || typeof held === "object" || String(held) === key || String(held).length > 60) continue;
      seen.set(name, (seen.get(name) ?? new Set()).add(held));
      times.set(name, (times.get(name) ?? 0) + 1);
    }
  }
  seen.delete(identity);
  const rank = (name) => { const at = PREFERRED.indexOf(name); return at >= 0 ? at : /name|title|label/i.test(name) ? 2.5 : /(^|_)ids?$|[a-z]Id$|uuid/.test(name) ? 100 : PREFERRED.length; };
  return [...seen].filter(([name, values]) => times.get(name) * 3 >= some && (values.size > 1 || some < 3)).map(([name]) => name).sort((one, other) => rank(one) - rank(other)).slice(0, MOST_COLUMNS);
}

const shortName = (name) => name.split(".").at(-1).replace(/^\S+ (?=\/)/, "");

export async function records(page, { params, go, changed, signal }) {
  const all = await types();
  if (signal.aborted) return {};
  if (!all.length) {
    page.append(emptyState("No records yet", "Records appear when a request creates one or first lists a collection.", button("Compose a request", () => go("compose"), { class: "primary" })));
    return {};
  }
  const wanted = params.get("type") ?? last.type;
  const type = all.find((one) => isOfType({ type: wanted }, one.name))?.name ?? all.find((one) => one.records !== 0)?.name ?? all[0].name;
  if (params.get("type") && !isOfType({ type: wanted }, type)) report(`The type ${params.get("type")} has no records in this world.`, { bad: true });
  last.type = type;

  // Types, grouped by document.
  const search = el("input", { type: "text", role: "searchbox", value: last.search, placeholder: "Find a type", "aria-label": "Find a type", autocomplete: "off", spellcheck: "false", oninput: () => { last.search = search.value; drawTypes(); } });
  const list = el("nav", { class: "types", "aria-label": "Types" });
  function drawTypes() {
    const word = search.value.toLowerCase(), groups = new Map();
    for (const one of all.filter((found) => found.name.toLowerCase().includes(word))) groups.set(one.api, [...(groups.get(one.api) ?? []), one]);
    list.replaceChildren(...[...groups].map(([api, found]) => el("div", {}, groups.size > 1 || api ? el("p", { class: "label" }, api || "with handlers") : "",
      found.map((one) => el("a", { href: `#/records?${new URLSearchParams({ world: here.world, type: one.name })}`, "aria-current": one.name === type && "page", title: one.name }, el("span", { class: "cut" }, shortName(one.name)), el("span", { class: "soft small" }, one.records?.toLocaleString("en") ?? ""))))));
    if (!groups.size) list.replaceChildren(el("p", { class: "soft" }, "No type has this name."));
  }
  drawTypes();
  requestAnimationFrame(() => list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }));

  const picker = el("select", { class: "type-picker", "aria-label": "Type", onchange: () => go("records", { type: picker.value }) }, all.map((one) => el("option", { value: one.name, selected: one.name === type }, one.records === null ? shortName(one.name) : `${shortName(one.name)} (${one.records})`)));
  const filter = el("input", { type: "text", role: "searchbox", placeholder: "Filter records", "aria-label": "Filter records", autocomplete: "off", spellcheck: "false", oninput: () => drawRecords() });
  const summary = el("p", { class: "soft small", role: "status" });
  const main = el("div", { class: "main" });
  const panel = el("section", { class: "panel", "aria-label": "Record", hidden: true });
  const split = el("div", { class: "split" }, main, panel);
  page.append(el("div", { class: "with-side" }, el("div", { class: "side" }, search, list), el("div", { class: "main-column" },
    el("div", { class: "bar filters" }, picker, filter, summary, el("span", { class: "push" }), button("Add record", add, { class: "primary", key: "a" })), split)));

  const [description, found, changes] = await Promise.all([describe(type), recordsOf(type), get(`/worlds/${segment(here.world)}/changes`, { record_type: type }).catch(() => [])]);
  if (signal.aborted) return {};
  let rows = found;
  const byKey = new Map();
  for (const change of changes.filter((one) => isOfType(one, type))) byKey.set(change.key, [...(byKey.get(change.key) ?? []), change]);
  const gone = changes.filter((one) => isOfType(one, type) && one.kind === "removed" && one.pointer === "");
  const columns = columnsOf(found, description.identity[0]);
  const mark = (row) => { const [first] = byKey.get(row.key) ?? []; return first && tag(first.kind === "added" && first.pointer === "" ? "added" : "changed", first.kind === "added" && first.pointer === "" ? "good" : "warn"); };
  const table = virtualTable({
    label: shortName(type), key: (row) => row.key, onopen: (row) => open(row), onselect: (row) => { if (!panel.hidden) open(row); },
    columns: [{ title: description.identity.join(".") || "key", width: "minmax(7rem, 1.2fr)", class: "mono", sort: (row) => row.key, render: (row) => [mark(row), " ", el("span", { title: row.key }, row.key)] },
      ...columns.map((name) => ({ title: name, sort: (row) => row.value?.[name], number: typeof found[0]?.value?.[name] === "number", render: (row) => cell(row.value?.[name]) }))],
    narrow: (row) => [el("div", { class: "bar tight nowrap" }, el("strong", { class: "cut" }, String(row.value?.[columns[0]] ?? row.key)), mark(row)), el("div", { class: "soft small cut mono" }, row.key)],
    empty: () => (rows.length ? emptyState("No record matches the filter", null, button("Clear the filter", () => { filter.value = ""; drawRecords(); })) : emptyState("No records of this type", gone.length ? `${count(gone.length, "record was", "records were")} removed since the world started.` : "Add one, or send a request that creates one.", button("Add record", add, { class: "primary" }))),
  });
  main.append(table.element);
  if (gone.length) main.append(el("p", { class: "soft small" }, `Removed since the start: ${gone.slice(0, 10).map((one) => one.key).join(", ")}${gone.length > 10 ? " …" : ""}`));
  function drawRecords() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = words.length ? rows.filter((row) => { row.text ??= `${row.key} ${JSON.stringify(row.value)}`.toLowerCase(); return words.every((word) => row.text.includes(word)); }) : rows;
    table.set(shown);
    summary.textContent = shown.length === rows.length ? count(rows.length, "record") : `${shown.length.toLocaleString("en")} of ${count(rows.length, "record")}`;
  }
  drawRecords();
  let save = () => {};
  const key = params.get("key");
  if (key !== null) {
    const row = rows.find((one) => one.key === key);
    if (row) { table.select(key); open(row); } else report(`No record of this type has the key ${key}.`, { bad: true });
  }
  function open(row, { isNew = false } = {}) {
    panel.hidden = false;
    split.classList.add("open");
    const path = (name) => `/records/${segment(type)}/${segment(name)}`;
    const own = isNew ? [] : byKey.get(row.key) ?? [];
    const pointers = new Set(own.map((one) => one.pointer).filter(Boolean));
    const name = el("input", { value: row.key, class: "mono", spellcheck: "false", autocomplete: "off", required: true });
    const errors = el("div", { role: "alert", hidden: true });
    const marked = el("div", {});
    const asJson = el("input", { type: "checkbox", checked: last.asJson, onchange: () => { last.asJson = asJson.checked; const now = read(); if (now !== undefined) drawEditor(now); else asJson.checked = last.asJson = true; } });
    const box = el("div", {});
    let form = null, text = null;
    function drawEditor(value) {
      form = text = null;
      marked.replaceChildren();
      if (asJson.checked || value === null || typeof value !== "object") {
        text = el("textarea", { class: "code", rows: 20, spellcheck: "false", "aria-label": "The record as JSON", value: pretty(value) });
        box.replaceChildren(text);
      } else {
        const schema = description.schema?.properties ? description.schema : suggested(value);
        form = schemaForm(schema, value, { changed: pointers });
        box.replaceChildren(form.element);
      }
    }
    function read() {
      if (form) return form.value;
      try { return JSON.parse(text.value); } catch (problem) { showErrors([{ pointer: "", message: `Not JSON: ${problem.message}` }]); text.focus(); return undefined; }
    }
    function showErrors(list, value) {
      errors.hidden = !list.length;
      errors.replaceChildren(el("ul", { class: "violations" }, list.map((one) => el("li", {}, one.pointer && el("code", {}, one.pointer), " ", one.message))));
      form?.mark(list.filter((one) => one.pointer));
      marked.replaceChildren(...(text && value !== undefined && list.length ? [jsonView(value, { marks: list, label: "The rejected record" })] : []));
    }
    save = async () => {
      const value = read();
      if (value === undefined) return;
      if (!name.value.trim()) { name.focus(); return report("A record needs a key.", { bad: true }); }
      if (isNew && rows.some((one) => one.key === name.value.trim())) { name.focus(); return report("A record with this key exists.", { bad: true }); }
      try {
        await put(path(name.value.trim()), { value });
      } catch (problem) {
        const list = (problem.violations ?? []).map((one) => ({ pointer: pointerOf(one.location, one.location[0] === "body" && one.location[1] === "value" ? 2 : 1), message: one.message }));
        showErrors(list.length ? list : [{ pointer: "", message: problem.message }], value);
        return report(`Not saved: ${problem.message}`, { bad: true });
      }
      report("Saved.");
      changed();
      go("records", { type, key: name.value.trim() }, { again: true });
    };
    const relations = el("div", { class: "relations" });
    fill(panel,
      el("div", { class: "bar tight nowrap" }, el("h2", { class: "wrap" }, isNew ? `New ${shortName(type)}` : el("span", { class: "mono" }, row.key)), button("×", close, { class: "quiet push", "aria-label": "Close (Esc)" })),
      own.length > 0 && el("div", { class: "bar tight small" }, mark(row), el("span", { class: "soft" }, own[0].pointer === "" ? "since the world started" : `since the world started: ${[...pointers].map((one) => one.slice(1)).slice(0, 8).join(", ")}`)),
      isNew && field("Key", name, "The identifier by which the record is found. Set the same value in the record."),
      el("div", { class: "bar tight" }, button("Save", () => save(), { class: "primary", key: "Ctrl ⏎" }), !isNew && button("Duplicate", () => duplicate(row)), !isNew && button("Delete", () => drop(row), { class: "danger" }), el("label", { class: "check push" }, asJson, "as JSON")),
      errors, marked, box, relations,
      own.some((one) => one.pointer) && el("section", {}, el("h3", {}, "Changes"), el("table", {}, el("thead", {}, el("tr", {}, ["Member", "Before", "Now"].map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, own.filter((one) => one.pointer).map((one) => el("tr", {}, el("td", { class: "mono" }, one.pointer.slice(1)), el("td", { class: "mono was" }, brief(one.before)), el("td", { class: "mono now" }, brief(one.after))))))));
    drawEditor(row.value);
    panel.scrollTop = 0;
    if (isNew) name.focus();
    else {
      showRelations(relations, row);
      history.replaceState(history.state, "", `#/records?${new URLSearchParams({ world: here.world, type, key: row.key })}`);
    }
  }
  async function showRelations(box, row) {
    const link = (target, at) => el("a", { href: `#/records?${new URLSearchParams({ world: here.world, type: target, ...(at !== undefined && { key: at }) })}` }, at ?? shortName(target));
    const to = await outgoing(type, row.value).catch(() => []);
    const lines = to.map((one) => el("li", {}, el("code", {}, one.member), ` names ${shortName(one.type)} `, link(one.type, one.key)));
    lines.push(...description.below.map((name) => [name, name.slice(type.length + 1).split("/")]).filter(([, [first]]) => first === row.key).map(([name]) => el("li", {}, "below it: ", link(name))));
    const from = await incoming(type, row.key).catch(() => []);
    if (!panel.contains(box)) return;
    lines.push(...from.map((one) => el("li", {}, `${count(one.keys.length, "record")} of ${shortName(one.type)} by `, el("code", {}, one.member), ": ", one.keys.slice(0, 8).flatMap((at, index) => [index ? ", " : "", link(one.type, at)]), one.keys.length > 8 && " …")));
    if (lines.length) box.replaceChildren(el("h3", {}, "Relations"), el("ul", { class: "plain" }, lines));
  }
  async function add() {
    await attempt(async () => {
      const draft = await get(`/types/${segment(type)}/draft`);
      open({ key: draft.key, value: draft.value }, { isNew: true });
    });
  }
  async function duplicate(row) {
    await attempt(async () => {
      const draft = await get(`/types/${segment(type)}/draft`);
      const value = withSecrets(structuredClone(row.value), draft.value), [member] = description.identity;
      const name = draft.key || `${row.key}-copy`;
      if (description.identity.length === 1 && value && member in value) value[member] = draft.value?.[member] ?? name;
      else if (value && value.id === row.key) value.id = name;
      open({ key: name, value }, { isNew: true });
    });
  }
  async function drop(row) {
    if (!(await confirmed(`Delete ${row.key}?`, "Delete"))) return;
    await attempt(async () => {
      await remove(`/records/${segment(type)}/${segment(row.key)}`);
      changed();
      go("records", { type }, { again: true });
    }, "Deleted.");
  }
  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    split.classList.remove("open");
    panel.replaceChildren();
    history.replaceState(history.state, "", `#/records?${new URLSearchParams({ world: here.world, type })}`);
    table.grid.focus({ preventScroll: true });
  }
  return {
    keys: { "/": () => filter.focus(), a: add, j: () => { table.move(1); if (!panel.hidden) table.openSelected(); }, k: () => { table.move(-1); if (!panel.hidden) table.openSelected(); }, Enter: () => table.openSelected(), Escape: close },
    submit: () => save(), escape: () => { if (filter.value) { filter.value = ""; drawRecords(); } },
    help: [["/", "filter the records"], ["j k", "next and previous record"], ["Enter", "open the record"], ["a", "add a record"], ["Ctrl Enter", "save"]],
  };
}

const cell = (value) => (value === undefined ? "" : value === null ? el("span", { class: "soft" }, "null") : el("span", { title: String(value) }, typeof value === "object" ? JSON.stringify(value) : String(value)));

/** Return a value whose redacted texts are those of a draft: a duplicate has no former secrets to keep. */
function withSecrets(value, draft) {
  if (typeof value === "string") return value.includes("[redacted]") && typeof draft === "string" ? draft : value;
  if (value === null || typeof value !== "object") return value;
  for (const [name, held] of Object.entries(value)) value[name] = withSecrets(held, Array.isArray(draft) ? draft[0] : draft?.[name]);
  return value;
}

function brief(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
