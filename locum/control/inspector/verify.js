// Verification: which requests a world should have received, as a form, and which of that is not so.
import { get, here, post } from "./api.js";
import { attempt, button, copy, count, el, emptyState, field, select } from "./dom.js";
import { store } from "./store.js";

const COUNTS = { "at least 1": {}, once: { times: 1 }, twice: { times: 2 }, never: { times: 0 }, exactly: "times", "at least": "at_least", "at most": "at_most" };
const RULES = { in_order: "in this order", nothing_undeclared: "no undeclared request", nothing_rejected: "no rejected request", nothing_else: "no other request" };
const PLACES = ["path", "query", "headers", "body"];
const state = { rows: [], rules: {} }; // lasts while the page is open

export async function verify(page, { signal }) {
  const operations = await get("/operations");
  if (signal.aborted) return {};
  const names = [...new Set(operations.map((one) => one.operation))].sort();
  const list = el("div", { class: "expectations" }), result = el("div", { "aria-live": "polite" });
  const fresh = (operation = "") => ({ operation, count: "once", number: 1, place: "path", name: "", value: "", status: "" });
  if (!state.rows.length) state.rows.push(fresh());

  function draw() {
    list.replaceChildren(...state.rows.map((row, index) => el("fieldset", { class: "grid" }, el("legend", {}, `Expectation ${index + 1}`),
      field("Operation", bound(row, "operation", { list: "verified", class: "mono", required: true })),
      field("How often", select(Object.keys(COUNTS), row.count, { onchange: (event) => { row.count = event.target.value; draw(); } })),
      typeof COUNTS[row.count] === "string" && field("Number", bound(row, "number", { type: "number", min: 0 })),
      field("With a value in", select(PLACES, row.place, { onchange: (event) => { row.place = event.target.value; } })),
      field("Name", bound(row, "name", { placeholder: "any" })), field("Value", bound(row, "value", { placeholder: "any" })),
      field("Response status", bound(row, "status", { placeholder: "any; 204, 4XX" })),
      button("Remove", () => { state.rows.splice(index, 1); if (!state.rows.length) state.rows.push(fresh()); draw(); }, { class: "small end", "aria-label": `Remove expectation ${index + 1}` }))));
  }
  const bound = (row, member, given) => el("input", { value: row[member], autocomplete: "off", spellcheck: "false", ...given, oninput: (event) => { row[member] = event.target.value; } });
  const expectations = () => state.rows.filter((row) => row.operation.trim()).map((row) => {
    const times = COUNTS[row.count];
    return { operation: row.operation.trim(), ...(typeof times === "string" ? { [times]: Number(row.number) } : times), ...(row.name.trim() && { [row.place]: { [row.name.trim()]: scalar(row.value) } }), ...(row.status.trim() && { status: /^\d+$/.test(row.status.trim()) ? Number(row.status) : row.status.trim() }) };
  });
  const asText = (row) => [row.operation.trim(), row.count === "at least 1" ? "" : typeof COUNTS[row.count] === "string" ? (row.count === "exactly" ? `${row.number} times` : `${row.count} ${row.number}`) : row.count, row.name.trim() && `with ${row.name.trim()}=${row.value}`, row.status.trim() && `status ${row.status.trim()}`].filter(Boolean).join(" ");
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const command = () => ["locum journal verify", ...(here.world === "default" ? [] : [`--world ${here.world}`]), ...state.rows.filter((row) => row.operation.trim()).map((row) => quote(asText(row))), ...Object.keys(RULES).filter((rule) => state.rules[rule]).map((rule) => `--${rule.replaceAll("_", "-")}`)].join(" ");

  async function check() {
    await attempt(async () => {
      const verdict = await post("/verifications", { ...(expectations().length && { expect: expectations() }), ...Object.fromEntries(Object.keys(RULES).filter((rule) => state.rules[rule]).map((rule) => [rule, true])) });
      result.replaceChildren(
        el("h2", { class: verdict.ok ? "good" : "bad" }, verdict.ok ? "Met" : count(verdict.failures.length, "expectation is not met", "expectations are not met")),
        el("p", { class: "soft small" }, `${count(verdict.entries, "entry was", "entries were")} compared.${verdict.forgotten ? ` ${count(verdict.forgotten, "older one is", "older ones are")} gone.` : ""}`),
        el("ul", { class: "plain" }, verdict.failures.map((failure) => el("li", { class: "failure" }, el("p", {}, failure.sentence), failure.nearest.length > 0 && el("ul", {}, failure.nearest.map((near) => el("li", { class: "small" }, "nearest: ", el("a", { href: `#/journal?${new URLSearchParams({ world: here.world, entry: near.number })}` }, `no. ${near.number}`), near.reasons.length ? `: ${near.reasons.join("; ")}` : "")))))));
    });
  }
  function fill() {
    const seen = [...new Set(store.entries.filter((entry) => entry.operation).map((entry) => entry.operation))];
    if (!seen.length) return result.replaceChildren(emptyState("No requests yet", "Send some, then take them over as expectations."));
    state.rows = seen.map((operation) => ({ ...fresh(operation), count: "exactly", number: store.entries.filter((entry) => entry.operation === operation).length }));
    draw();
  }
  draw();
  page.append(el("datalist", { id: "verified" }, names.map((name) => el("option", { value: name }))),
    el("section", { class: "card" }, el("h2", {}, "Expected requests"), el("p", { class: "soft" }, `What should the world ${here.world} have received?`),
      el("form", { onsubmit: (event) => { event.preventDefault(); check(); } }, list,
        el("div", { class: "bar" }, button("Add an expectation", () => { state.rows.push(fresh()); draw(); list.lastChild.querySelector("input").focus(); }, { key: "a" }), button("Take over from the journal", fill)),
        el("div", { class: "bar", role: "group", "aria-label": "Rules" }, Object.entries(RULES).map(([rule, text]) => el("label", { class: "check" }, el("input", { type: "checkbox", checked: Boolean(state.rules[rule]), onchange: (event) => { state.rules[rule] = event.target.checked; } }), text))),
        el("div", { class: "bar" }, el("button", { class: "primary" }, "Verify", el("kbd", { "aria-hidden": "true" }, "Ctrl ⏎")), button("Copy as command", () => copy(command(), "The command"))))),
    el("section", { class: "card" }, result));
  result.append(emptyState("Not verified yet", "The result, and for each failure the nearest requests, appears here."));
  return { keys: { a: () => page.querySelector("form .bar button").click() }, submit: check, help: [["a", "add an expectation"], ["Ctrl Enter", "verify"]] };
}

/** Read a value as JSON if it is a number, true, false or null; else as text. */
function scalar(text) {
  return /^(-?\d+(\.\d+)?|true|false|null)$/.test(text.trim()) ? JSON.parse(text) : text;
}
