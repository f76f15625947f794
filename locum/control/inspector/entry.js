// One entry of the journal: why it has its response, both messages, and what can be done with it.
import { get, here, post, put, segment } from "./api.js";
import { attempt, button, copy, dialog, download, el, field, menuButton, report, select, tag, toneOf } from "./dom.js";
import { jsonView, valueAt } from "./json.js";
import { findRecord } from "./related.js";

const FORMS = { curl: "curl", fetch: "fetch (JavaScript)", httpx: "httpx (Python)", har: "HAR", arazzo: "scenario (Arazzo)" };
const TESTS = { pytest: ["pytest", "test_recorded.py"], playwright: ["Playwright", "recorded.spec.ts"] };

const exported = (entry, form) => get(`/journal/${entry.number}/export`, { form });

/** Return the view of an entry; `go` opens another view, `close` closes this one. */
export function entryView(entry, { go, close }) {
  const isServed = Boolean(entry.operation);
  const actions = el("div", { class: "bar actions", role: "toolbar", "aria-label": "Actions" },
    button("Replay", replay, { class: "primary", key: "s", "data-action": "replay", title: "Send the request again, with its credentials" }),
    button("Edit and resend", () => go("compose", { entry: entry.number }), { key: "e", "data-action": "edit" }),
    isServed && button("Respond like this", prefer, { key: "p", "data-action": "prefer", title: "From now on this operation responds with this status" }),
    isServed && button("Fail the next", fail, { "data-action": "fail", title: "Inject an error into the next requests of this operation" }),
    isServed && button("Open record", openRecord, { key: "o", "data-action": "record", title: "Open the record that this request is about" }),
    isServed && entry.source && button(entry.source === "mock" ? "Use the upstream" : "Mock this operation", choose, { "data-action": "source", title: "Who responds to this operation in this world from now on" }),
    menuButton("Make a test", () => Object.entries(TESTS).map(([form, [text]]) => [text, () => showTest(form)]), { "data-action": "test", title: "A test that sends this request and expects this response (t)" }),
    menuButton("Copy as", () => Object.entries(FORMS).map(([form, text]) => [text, async () => copy(await exported(entry, form), `The entry as ${text}`)]), { "data-action": "copy", title: "Copy the request in another form (c)" }));
  const article = el("article", { class: "entry", "aria-label": `Entry ${entry.number}` },
    el("header", {}, el("div", { class: "bar tight nowrap" },
      el("h2", { class: "wrap" }, el("span", { class: `status ${toneOf(entry.status)}` }, entry.status || "No response"), ` ${entry.method} `, el("span", { class: "mono" }, entry.base && el("span", { class: "soft" }, entry.base), entry.shownPath ?? entry.path)),
      button("×", close, { class: "quiet push", "aria-label": "Close (Esc)" })),
      el("div", { class: "bar tight small" }, tag(entry.operation || "no operation"), entry.api && tag(entry.api), entry.source && tag(`from ${entry.source}`), entry.verdict && tag(entry.verdict, "warn"), entry.fault && tag(`fault ${entry.fault}`, "bad"),
        entry.caller && tag(`as ${entry.caller.name || entry.caller.subject}`), el("span", { class: "soft" }, `No. ${entry.number}, ${entry.at.slice(0, 19).replace("T", " ")}, ${(entry.microseconds / 1000).toFixed(2)} ms`)),
      actions),
    section("Why", el("ol", { class: "trace" }, entry.trace.map((line) => el("li", { class: /^(rejected|failed|injected fault|no response)|not declared/i.test(line) ? "stop" : "" }, line)))),
    entry.near_misses.length > 0 && section("Near misses", el("ul", {}, entry.near_misses.map((line) => el("li", {}, line)))),
    entry.violations.length > 0 && section("Violations", el("ul", { class: "violations" }, entry.violations.map((found) => el("li", {},
      el("code", {}, `${found.location}${found.pointer}`), " ", found.message, el("span", { class: "soft small" }, ` (${found.keyword})`, sent(found) !== undefined && `, sent: ${brief(sent(found))}`))))),
    message("Request", entry.request, entry.violations.filter((found) => found.location === "body"), entry),
    message("Response", entry.response, entry.violations.filter((found) => found.location === "response body")));
  return article;

  function sent(found) {
    if (found.location === "body") return entry.request.form === "json" ? valueAt(entry.request.body, found.pointer) : undefined;
    const name = found.pointer.split("/")[1];
    const held = entry.parameters[found.location]?.[name] ?? (found.location === "header" ? entry.request.headers[name?.toLowerCase()] : undefined);
    return Array.isArray(held) && held.length === 1 ? held[0] : held;
  }
  async function replay() {
    await attempt(async () => {
      const { entry: again, status } = await post("/requests", { repeats: entry.number });
      const same = again && again.status === entry.status;
      report(`Replayed: ${status || "no response"}${same ? ", as before" : `, before ${entry.status || "no response"}`}.`);
      if (again) go("journal", { entry: again.number });
    });
  }
  async function prefer() {
    const description = await get("/operations/description", { operation: entry.operation, api: entry.api }).catch(() => null);
    const declared = description?.responses.find((one) => one.status === String(entry.status)) ?? description?.responses.find((one) => one.status === `${String(entry.status)[0]}XX`);
    const example = select([["", "generated, or the first example"], ...(declared?.examples ?? [])], "", {});
    const box = dialog("Respond like this from now on",
      el("p", {}, `Every request to ${entry.operation} in the world ${here.world} responds with ${entry.status}, until you remove this under Faults.`),
      declared ? (declared.examples.length ? field("Body", example) : "") : el("p", { class: "warn" }, `${entry.status} is not declared for this operation, so an injected fault responds with it.`),
      el("div", { class: "bar end" }, el("button", { value: "" }, "Cancel"), el("button", { class: "primary", value: "yes" }, "Respond like this")));
    box.onclose = () => {
      if (box.returnValue !== "yes") return;
      attempt(async () => {
        if (declared) await put(`/preferences/${segment(entry.operation)}`, { prefer: `code=${entry.status}${example.value ? `, example="${example.value}"` : ""}` });
        else await post("/faults", { operation: entry.operation, status: entry.status });
      }, `${entry.operation} responds with ${entry.status} from now on.`);
    };
  }
  function choose() {
    const source = entry.source === "mock" ? "upstream" : "mock";
    return attempt(() => put(`/sources/${segment(entry.operation)}`, { source }), `${source === "mock" ? "The mock" : "The upstream"} responds to ${entry.operation} from now on.`);
  }
  async function fail() {
    const times = el("input", { type: "number", min: 1, max: 1000, value: 3 });
    const status = select([["503", "503 Service Unavailable"], ["500", "500 Internal Server Error"], ["429", "429 Too Many Requests"], ["401", "401 Unauthorized"], ["reset", "Connection reset"]], "503", {});
    const box = dialog(`Fail the next requests to ${entry.operation}`, field("How many", times), field("How", status),
      el("div", { class: "bar end" }, el("button", { value: "" }, "Cancel"), el("button", { class: "primary", value: "yes" }, "Inject the fault")));
    box.onclose = () => {
      if (box.returnValue !== "yes") return;
      const effect = status.value === "reset" ? { outcome: "reset" } : { status: Number(status.value) };
      attempt(() => post("/faults", { operation: entry.operation, times: Number(times.value) || 1, ...effect }), `The next ${times.value} requests to ${entry.operation} fail.`);
    };
  }
  async function openRecord() {
    await attempt(async () => {
      const found = await findRecord(entry);
      if (!found) throw new Error("This request is about no record that exists in this world.");
      go("records", { type: found.type, key: found.key });
    });
  }
  async function showTest(form) {
    await attempt(async () => {
      const [name, file] = TESTS[form], text = await exported(entry, form);
      dialog(`A test for ${name}`, el("p", { class: "soft" }, "It sends this request in a world of its own and expects this response."),
        el("pre", { class: "code-block", tabindex: "0" }, text),
        el("div", { class: "bar end" }, button("Copy", () => copy(text, "The test"), { autofocus: true }), button(`Save ${file}`, () => download(text, file)), el("button", { class: "primary" }, "Close")));
    });
  }
}

function message(title, sent, violations, entry) {
  const media = sent.headers["content-type"], parameters = entry ? Object.entries(entry.parameters).flatMap(([place, values]) => Object.entries(values).map(([name, value]) => [place, name, value])) : [];
  const marks = violations.map((found) => ({ pointer: found.pointer, message: found.message }));
  const headers = Object.entries(sent.headers);
  return section(title,
    parameters.length > 0 && el("dl", {}, parameters.map(([place, name, value]) => [el("dt", {}, `${place} ${name}`), el("dd", { class: "mono" }, Array.isArray(value) ? value.join(", ") : brief(value))])),
    headers.length > 0 && el("details", {}, el("summary", {}, `${headers.length} header${headers.length === 1 ? "" : "s"}${media ? `, ${media}` : ""}`), el("dl", {}, headers.map(([name, value]) => [el("dt", {}, name), el("dd", { class: "mono" }, value)]))),
    sent.form === "json" ? jsonView(sent.body, { marks, label: `${title} body` })
      : sent.form === "form" ? jsonView(sent.body, { marks, label: `${title} form` })
      : sent.form === "text" ? el("pre", { tabindex: "0" }, sent.body)
      : el("p", { class: "soft small" }, { binary: `${sent.size.toLocaleString("en")} bytes, binary.`, withheld: "The body may contain secrets that cannot be told apart, so it is not shown.", unread: "The body was not read: the request was decided before.", none: "No body." }[sent.form]),
    sent.cut && el("p", { class: "warn small" }, `The journal has the first part only, of ${sent.size.toLocaleString("en")} bytes.`));
}

function section(title, ...content) {
  return el("section", {}, el("h3", {}, title), content);
}

function brief(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
