// The faults and preferences of a world.
import { ask } from "./api.js";
import { el, face, tried } from "./dom.js";

const PRESETS = [
  ["Fail twice, then work", "status=503, times=2"], ["Realistic latency", "latency=lognormal(180ms, 0.6)"], ["20% errors", "probability=0.2, status=500"],
  ["Rate limit", "limit=5/60s"], ["Slow body", "slow=200B/s"], ["Broken JSON, once", "malformed, times=1"], ["Reset connection, once", "reset, times=1"],
];

export async function faults(view, { refresh }) {
  const [all, preferences, operations] = await Promise.all([ask("GET", "/faults"), ask("GET", "/preferences"), ask("GET", "/operations")]);
  const act = (what, done) => tried(async () => { await what(); await refresh(); }, done);
  const names = [...new Set(operations.map((one) => one.operation))];

  const operation = el("input", { list: "operations", placeholder: "every operation", "aria-label": "Operation", size: 24 });
  const text = el("input", { required: true, placeholder: "status=503, times=2", "aria-label": "Fault", class: "mono", size: 36 });
  const add = (format) => act(() => ask("POST", "/faults", { text: (operation.value ? `operation=${operation.value}, ` : "") + format }), "Fault added.");
  const prefer = el("input", { required: true, placeholder: "code=404", "aria-label": "Preference", class: "mono", size: 16 });
  const whose = el("input", { required: true, list: "operations", placeholder: "deleteApiKey", "aria-label": "Operation", size: 24 });
  view.append(el("datalist", { id: "operations" }, names.map((value) => el("option", { value }))),
    el("section", { class: "card" }, el("h1", {}, "Faults"),
      el("form", { onsubmit: (event) => { event.preventDefault(); add(text.value); } }, el("div", { class: "bar" }, operation, text, el("button", { class: "first" }, "Add"))),
      el("div", { class: "bar" }, PRESETS.map(([title, format]) => el("button", { type: "button", title: format, onclick: () => add(format) }, title))),
      all.length ? el("div", { class: "scroll" }, el("table", {}, el("tr", {}, ["", "Fault", "Seen", "Hits", ""].map((title) => el("th", {}, title))), all.map((fault) => el("tr", {},
        el("td", { class: "soft" }, fault.id), el("td", { class: "mono" }, fault.text), el("td", { class: "number" }, fault.seen),
        el("td", {}, fault.times ? el("meter", { max: fault.times, value: fault.hits, title: `${fault.hits} of ${fault.times}` }) : "", ` ${fault.hits}`, fault.times === fault.hits && el("span", { class: "tag good" }, "spent")),
        el("td", {}, el("button", { type: "button", onclick: () => act(() => ask("DELETE", `/faults/${fault.id}`), "Removed.") }, "Remove"))))))
        : el("div", { class: "empty" }, face(), el("p", { class: "soft" }, "No faults. Try one of the buttons.")),
      all.length > 0 && el("div", { class: "bar" }, el("button", { class: "danger push", type: "button", onclick: () => act(() => ask("DELETE", "/faults"), "All faults removed.") }, "Remove all"))),
    el("section", { class: "card" }, el("h1", {}, "Preferences"), el("p", { class: "soft" }, "The response of an operation to requests without a preference, in the format of a ", el("code", {}, "Prefer"), " header."),
      el("form", { onsubmit: (event) => { event.preventDefault(); act(() => ask("PUT", `/preferences/${encodeURIComponent(whose.value)}`, { prefer: prefer.value }), "Preference set."); } }, el("div", { class: "bar" }, whose, prefer, el("button", { class: "first" }, "Prefer"))),
      Object.entries(preferences).map(([name, format]) => el("div", { class: "bar" }, el("code", {}, name), el("code", {}, format), el("button", { class: "push", type: "button", onclick: () => act(() => ask("DELETE", `/preferences/${encodeURIComponent(name)}`), "Preference removed.") }, "Remove")))));
}
