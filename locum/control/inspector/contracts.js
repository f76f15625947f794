// Contracts: every operation and which of its declared responses were sent, the diagnostics with their lines, and users.
import { get, post } from "./api.js";
import { attempt, button, copy, count, el, emptyState, fill, menuButton, tag } from "./dom.js";
import { virtualTable } from "./table.js";

const TONES = { error: "bad", warning: "warn", info: "" };
const last = { search: "", unseen: false };

const seen = (one, status) => Object.entries(one.responses).reduce((sum, [found, times]) => sum + (found === status || (/XX$/i.test(status) && found[0] === status[0]) || (status === "default" && !one.statuses.includes(found)) ? times : 0), 0);

export async function contracts(page, { params, go, signal }) {
  const [all, operations, people] = await Promise.all([get("/contracts", { diagnostics: false }), get("/operations"), get("/people")]);
  if (signal.aborted) return {};
  const name = all.some((one) => one.name === params.get("api")) ? params.get("api") : "";
  const search = el("input", { type: "text", role: "searchbox", value: last.search, placeholder: "Find an operation: path, name, tag", "aria-label": "Find an operation", autocomplete: "off", spellcheck: "false", oninput: () => { last.search = search.value; draw(); } });
  const unseen = el("input", { type: "checkbox", checked: last.unseen, onchange: () => { last.unseen = unseen.checked; draw(); } });
  const summary = el("p", { class: "soft small", role: "status" });
  const picker = el("select", { "aria-label": "API", onchange: () => go("contracts", picker.value ? { api: picker.value } : {}) }, el("option", { value: "" }, "All APIs"), all.map((one) => el("option", { value: one.name, selected: one.name === name }, one.title)));
  const table = virtualTable({
    label: "Operations", key: (row) => `${row.api} ${row.operation}`, rowHeight: 46, narrowHeight: 76, narrowBelow: 640,
    columns: [
      { title: "Method", width: "4.8rem", sort: (row) => row.method, render: (row) => el("span", { class: `method ${row.method.toLowerCase()}` }, row.method) },
      { title: "Path", width: "minmax(10rem, 2fr)", sort: (row) => row.path, render: (row) => el("div", { class: "two" }, el("div", { class: "mono cut", title: row.path }, row.path), el("div", { class: "soft small cut" }, row.summary || row.operation)) },
      { title: "By", width: "5.6rem", sort: (row) => row.implemented_by, render: (row) => tag(row.implemented_by === "handler" ? "handler" : "generated") },
      { title: "Responses seen", width: "minmax(9rem, 1fr)", sort: (row) => row.covered / (row.statuses.length || 1), render: cells },
    ],
    narrow: (row) => [el("div", { class: "bar tight nowrap" }, el("span", { class: `method ${row.method.toLowerCase()}` }, row.method), el("span", { class: "mono cut" }, row.path)), el("div", { class: "soft small cut" }, row.summary || row.operation), cells(row)],
    onopen: (row) => go("compose", { operation: row.operation, api: row.api }),
    empty: () => emptyState("No operation matches", unseen.checked ? "Every declared response of these operations was sent." : "Search in paths, operationIds, summaries and tags.", button("Show all", () => { last.search = search.value = ""; last.unseen = unseen.checked = false; draw(); })),
  });
  function cells(row) {
    return el("span", { class: "cells" }, row.statuses.map((status) => { const times = seen(row, status); return el("span", { class: `cell ${times ? "seen" : ""}`, title: times ? `sent ${times} times` : "not sent yet" }, status); }));
  }
  for (const one of operations) one.covered = one.statuses.filter((status) => seen(one, status)).length;
  const mine = operations.filter((one) => !name || one.api === name);
  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = mine.filter((one) => { one.text ??= [one.method, one.path, one.operation, one.summary, ...one.tags].join(" ").toLowerCase(); return words.every((word) => one.text.includes(word)) && (!unseen.checked || one.covered < one.statuses.length); });
    table.set(found);
    const declared = mine.reduce((sum, one) => sum + one.statuses.length, 0), covered = mine.reduce((sum, one) => sum + one.covered, 0);
    summary.textContent = `${found.length === mine.length ? count(found.length, "operation") : `${found.length.toLocaleString("en")} of ${count(mine.length, "operation")}`}, ${covered.toLocaleString("en")} of ${count(declared, "declared response")} sent in this world`;
  }
  page.append(
    el("div", { class: "cards" }, all.filter((one) => !name || one.name === name).slice(0, 24).map((one) => contract(one, operations.filter((other) => other.api === one.name)))),
    el("div", { class: "bar filters" }, search, picker, el("label", { class: "check" }, unseen, "not all seen"), people.length > 0 && menuButton("Copy a token", people.map((person) => [`${person.name || person.subject} (${person.role || person.kind})`, () => token(person)]))),
    summary, table.element);
  table.element.classList.add("tall");
  draw();
  return { keys: { "/": () => search.focus() }, escape: () => { last.search = search.value = ""; draw(); }, help: [["/", "find an operation"], ["Enter", "compose a request"]] };

  async function token(person) {
    await attempt(async () => copy((await post("/tokens", { user: person.subject, organization: person.organization, role: person.role, lifetime: "1d" })).access_token, `A token for ${person.name || person.subject}`));
  }
}

function contract(one, operations) {
  const declared = operations.reduce((sum, each) => sum + each.statuses.length, 0), covered = operations.reduce((sum, each) => sum + each.covered, 0);
  return el("section", { class: "card" },
    el("div", { class: "bar tight" }, el("h2", {}, one.title), tag(one.version)),
    el("p", { class: "soft small" }, `${count(one.operations, "operation")} at `, el("code", {}, one.base_path || "/")),
    el("div", { class: "bar tight" }, el("meter", { max: declared || 1, value: covered, "aria-label": `Declared responses of ${one.title} that were sent` }), el("span", { class: "small" }, `${covered} of ${declared} responses`), el("a", { class: "push", href: `docs/${one.name}/` }, "API docs")),
    one.notes.filter((note) => note.startsWith("note:")).map((note) => el("p", { class: "warn small" }, note)),
    diagnostics(one));
}

/** List the diagnostics when they are unfolded: linting a large document takes seconds. */
function diagnostics(one) {
  const counted = [one.errors && count(one.errors, "error"), one.warnings && count(one.warnings, "warning")].filter(Boolean).join(", ") || "no errors";
  const content = el("div", { "aria-live": "polite" });
  let isRead = false;
  const box = el("details", { ontoggle: async () => {
    if (!box.open || isRead) return;
    isRead = true;
    fill(content, el("p", { class: "soft small" }, "Reading …"));
    const [found] = await get("/contracts", { api: one.name }).catch((problem) => { isRead = false; fill(content, el("p", { class: "bad small" }, problem.message)); return []; });
    if (found) fill(content, found.problems.length >= 500 && el("p", { class: "soft small" }, "The first 500; locum check lists all."), found.problems.length ? el("ul", { class: "plain diagnostics" }, found.problems.map(line)) : el("p", { class: "soft small" }, "No diagnostics."));
  } }, el("summary", {}, `Diagnostics: ${counted}`), content);
  return box;
}

function line(found) {
  return el("li", {}, tag(found.severity, TONES[found.severity]), " ", el("span", {}, found.message), " ", el("span", { class: "soft" }, found.fallback),
    el("div", { class: "mono soft small wrap" }, `${found.file}:${found.line}:${found.column} ${found.code}`));
}
