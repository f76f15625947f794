// Faults and preferences of a world: presets, a form, and the text form beside it.
import { get, post, put, remove, segment } from "./api.js";
import { attempt, button, confirmed, el, emptyState, field, select, tag } from "./dom.js";

const PRESETS = [
  ["Slow 3G", "latency=lognormal(400ms, 0.4), slow=50000B/s", "High latency and a narrow line"],
  ["Flaky", "probability=0.2, status=503", "One request in five fails"],
  ["Rate-limited", "limit=5/10s", "Five requests in ten seconds for each caller, then 429"],
  ["Offline", "reset", "Every connection is reset"],
  ["Maintenance", "status=503", "Every request fails with 503"],
  ["Fail twice, then work", "status=503, times=2", "For clients that try again"],
  ["Realistic latency", "latency=lognormal(180ms, 0.6)", "Most are quick, a few are slow"],
  ["Broken JSON, once", "malformed, times=1", "A body that does not parse"],
  ["Truncated, once", "truncated, times=1", "The connection ends in the middle of the body"],
];
const EFFECTS = { status: "Error status", latency: "Latency", bytes_per_second: "Slow body", limit: "Rate limit", outcome: "Broken connection or body", content_type: "Wrong media type" };

export async function faults(page, { refresh, signal }) {
  const [all, preferences, operations] = await Promise.all([get("/faults"), get("/preferences"), get("/operations")]);
  if (signal.aborted) return {};
  const act = (what, done) => attempt(async () => { await what(); await refresh(); }, done);
  const names = [...new Set(operations.map((one) => one.operation))].sort();
  const byName = new Map(operations.map((one) => [one.operation, one]));

  const operation = el("input", { list: "operations", placeholder: "every operation", autocomplete: "off", spellcheck: "false", class: "mono", oninput: write });
  const effect = select(Object.entries(EFFECTS), "status", { onchange: () => { drawValue(); write(); } });
  const valueBox = el("div", {});
  const times = el("input", { type: "number", min: 1, placeholder: "without end", oninput: write });
  const skip = el("input", { type: "number", min: 0, placeholder: "0", oninput: write });
  const probability = el("input", { type: "number", min: 0, max: 100, placeholder: "100", oninput: write });
  const text = el("input", { class: "mono", required: true, placeholder: "status=503, times=2", autocomplete: "off", spellcheck: "false" });
  let value;
  function drawValue() {
    const made = {
      status: () => field("Status", value = el("input", { type: "number", min: 200, max: 599, value: 503, oninput: write })),
      latency: () => field("Latency", value = el("input", { value: "lognormal(180ms, 0.6)", oninput: write }), "200ms, lognormal(median, sigma), p50:80ms p99:2s"),
      bytes_per_second: () => field("Bytes per second", value = el("input", { value: "50000B", oninput: write })),
      limit: () => field("Requests / time", value = el("input", { value: "5/10s", oninput: write })),
      outcome: () => field("What happens", value = select([["reset", "connection reset"], ["empty", "connection closed without a response"], ["truncated", "truncated body"], ["malformed", "malformed body"]], "reset", { onchange: write })),
      content_type: () => field("Media type", value = el("input", { value: "text/html", oninput: write })),
    }[effect.value]();
    valueBox.replaceChildren(made);
  }
  function write() {
    const said = { status: `status=${value.value}`, latency: `latency=${value.value}`, bytes_per_second: `slow=${value.value}/s`, limit: `limit=${value.value}`, outcome: value.value, content_type: `content-type=${value.value}` }[effect.value];
    text.value = [operation.value.trim() && `operation=${operation.value.trim()}`, probability.value && probability.value !== "100" && `probability=${Number(probability.value) / 100}`, skip.value && skip.value !== "0" && `skip=${skip.value}`, said, times.value && `times=${times.value}`].filter(Boolean).join(", ");
  }
  drawValue();
  write();
  const add = (format) => act(() => post("/faults", { text: format }), "Fault added.");
  const scoped = (format) => (operation.value.trim() ? `operation=${operation.value.trim()}, ${format}` : format);

  const whose = el("input", { required: true, list: "operations", placeholder: names[0] ?? "operation", autocomplete: "off", spellcheck: "false", class: "mono", oninput: offer });
  const prefer = el("input", { required: true, list: "preferred", placeholder: "code=404", autocomplete: "off", spellcheck: "false", class: "mono" });
  const preferred = el("datalist", { id: "preferred" });
  function offer() {
    preferred.replaceChildren(...(byName.get(whose.value)?.statuses ?? []).map((status) => el("option", { value: `code=${status}` })));
  }
  page.append(el("datalist", { id: "operations" }, names.map((name) => el("option", { value: name }))), preferred,
    el("section", { class: "card" }, el("h2", {}, "Active faults"),
      all.length ? el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Active faults" }, el("table", {}, el("thead", {}, el("tr", {}, ["Fault", "Seen", "Hits", ""].map((title) => el(title ? "th" : "td", title ? { scope: "col", class: /Seen|Hits/.test(title) ? "number" : null } : {}, title)))), el("tbody", {}, all.map((fault) => el("tr", {},
        el("td", { class: "mono" }, `${fault.id}: ${fault.text}`), el("td", { class: "number" }, fault.seen), el("td", { class: "number" }, fault.hits, " ", fault.times === fault.hits && tag("spent", "good")),
        el("td", {}, button("Remove", () => act(() => remove(`/faults/${fault.id}`), "Removed."), { class: "small" })))))))
        : emptyState("No faults", "Requests are answered as the contract says. Try a preset."),
      all.length > 0 && el("div", { class: "bar" }, button("Remove all", async () => { if (await confirmed("Remove all faults of this world?", "Remove all")) act(() => remove("/faults"), "All faults removed."); }, { class: "danger push" }))),
    el("section", { class: "card" }, el("h2", {}, "Add a fault"),
      field("Operation", operation, "Empty: every operation. A * matches any characters. Presets apply to it as well."),
      el("div", { class: "bar", role: "group", "aria-label": "Presets" }, PRESETS.map(([title, format, hint]) => button(title, () => add(scoped(format)), { title: `${hint}: ${format}` }))),
      el("form", { onsubmit: (event) => { event.preventDefault(); add(text.value); } },
        el("div", { class: "grid" }, field("Effect", effect), valueBox, field("How many requests", times), field("Let through first", skip), field("Percent of requests", probability)),
        el("div", { class: "bar" }, el("div", { class: "grow" }, field("As text", text, "The same in the header X-Locum-Fault and in locum fault add.")), el("button", { class: "primary end" }, "Add fault")))),
    el("section", { class: "card" }, el("h2", {}, "Preferences"), el("p", { class: "soft" }, "What an operation responds with if a request has no ", el("code", {}, "Prefer"), " header."),
      Object.entries(preferences).map(([name, format]) => el("div", { class: "bar tight" }, el("code", {}, name), el("code", {}, format), button("Remove", () => act(() => remove(`/preferences/${segment(name)}`), "Preference removed."), { class: "small push", "aria-label": `Remove the preference of ${name}` }))),
      el("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); act(() => put(`/preferences/${segment(whose.value.trim())}`, { prefer: prefer.value }), "Preference set."); } }, field("Operation to prefer for", whose), field("Response", prefer, "code=404, example=name, dynamic=true, seed=7"), el("button", { class: "end" }, "Prefer"))));
  return { keys: { "/": () => operation.focus() }, help: [["/", "choose an operation"]] };
}
