// Compose: every operation as a form with a valid request in it, sent from here; or an entry, edited and sent again.
import { constant, get, post } from "./api.js";
import { attempt, button, count, el, emptyState, field, fill, pretty, report, select, tag, toneOf } from "./dom.js";
import { schemaForm } from "./form.js";
import { jsonView } from "./json.js";
import { pathOf, readBases } from "./store.js";
import { virtualTable } from "./table.js";

const last = { operation: "", api: "", user: "0", search: "" };

export async function compose(page, { params, go, signal }) {
  const [operations, people] = await Promise.all([get("/operations"), constant("/people"), readBases()]);
  if (signal.aborted) return {};
  const work = el("section", { class: "panel", "aria-label": "Request" });
  const search = el("input", { type: "text", role: "searchbox", value: last.search, placeholder: "Find an operation", "aria-label": "Find an operation", autocomplete: "off", spellcheck: "false", oninput: () => { last.search = search.value; list(); } });
  const summary = el("p", { class: "soft small", role: "status" });
  const table = virtualTable({
    label: "Operations", key: (row) => `${row.api} ${row.operation}`, rowHeight: 46,
    columns: [{ title: "Operation", width: "1fr", render: (row) => el("div", { class: "two" }, el("div", { class: "bar tight nowrap" }, el("span", { class: `method ${row.method.toLowerCase()}` }, row.method), el("span", { class: "mono cut", title: row.path }, pathOf(row).shownPath)), el("div", { class: "soft small cut" }, row.summary || row.operation)) }],
    onopen: (row) => go("compose", { operation: row.operation, api: row.api }),
    empty: () => emptyState("No operation matches", "Search in paths, operationIds, summaries and tags."),
  });
  const aside = el("div", { class: "side" }, search, summary, table.element);
  page.append(el("div", { class: "with-side" }, aside, work));

  function list() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = operations.filter((one) => { one.text ??= [one.method, one.path, one.operation, one.summary, one.api, ...one.tags].join(" ").toLowerCase(); return words.every((word) => one.text.includes(word)); });
    summary.textContent = found.length === operations.length ? count(found.length, "operation") : `${found.length} of ${count(operations.length, "operation")}`;
    table.set(found);
  }
  list();
  const number = Number(params.get("entry")) || 0;
  let send = () => {};
  if (number) {
    const entry = await get(`/journal/${number}`);
    if (signal.aborted) return {};
    aside.hidden = true;
    page.firstChild.classList.add("alone");
    send = entryForm(work, entry, { go });
  } else {
    const wanted = operations.find((one) => one.operation === (params.get("operation") || last.operation) && [null, "", one.api].includes(params.get("api") ?? last.api)) ?? operations[0];
    if (!wanted) work.append(emptyState("No operations", "No document with operations is served."));
    else {
      Object.assign(last, { operation: wanted.operation, api: wanted.api });
      const description = await get("/operations/description", { operation: wanted.operation, api: wanted.api });
      if (signal.aborted) return {};
      table.select(`${wanted.api} ${wanted.operation}`);
      send = operationForm(work, description, people, { go });
      if (params.get("operation")) work.scrollIntoView({ block: "nearest" });
    }
  }
  return { keys: { "/": () => search.focus(), Escape: () => search.blur() }, submit: () => send(), help: [["/", "find an operation"], ["Ctrl Enter", "send"]] };
}

function operationForm(work, description, people, { go }) {
  const byPlace = { path: {}, query: {}, header: {}, cookie: {} };
  for (const parameter of description.parameters) (byPlace[parameter.in] ??= {})[parameter.name] = parameter;
  const forms = Object.entries(byPlace).filter(([, all]) => Object.keys(all).length).map(([place, all]) => {
    const properties = Object.fromEntries(Object.values(all).map((one) => [one.name, { ...one.schema, description: one.description || one.schema.description }]));
    const required = Object.values(all).filter((one) => one.required).map((one) => one.name);
    const start = Object.fromEntries(Object.values(all).filter((one) => one.required && "example" in one).map((one) => [one.name, one.example]));
    const examples = Object.fromEntries(Object.values(all).filter((one) => "example" in one).map((one) => [one.name, one.example]));
    for (const [name, example] of Object.entries(examples)) properties[name] = { ...properties[name], default: properties[name].default ?? example };
    return [place, schemaForm({ types: ["object"], properties, required }, start)];
  });
  let body = null, media = description.bodies[0];
  const bodyBox = el("div", {}), isSent = el("input", { type: "checkbox", checked: description.bodies.length > 0, disabled: description.body_required });
  const asText = el("input", { type: "checkbox", onchange: () => drawBody(read()) });
  const mediaType = select(description.bodies.map((one) => one.media_type), media?.media_type, { "aria-label": "Media type", onchange: () => { media = description.bodies.find((one) => one.media_type === mediaType.value); drawBody(media.example); } });
  const read = () => { try { return body?.value; } catch { return media?.example; } };
  function drawBody(value) {
    if (!media) return;
    if (asText.checked || !media.schema?.types || value === undefined || value === null || typeof value !== "object") {
      const text = el("textarea", { class: "code", rows: 14, spellcheck: "false", "aria-label": "Body", value: value === undefined ? "" : pretty(value) });
      body = { get value() { return media.json || typeof value === "object" ? JSON.parse(text.value) : text.value; }, mark: () => {} };
      bodyBox.replaceChildren(text);
    } else {
      body = schemaForm(media.schema, value, { hideReadOnly: true });
      bodyBox.replaceChildren(body.element);
    }
  }
  drawBody(media?.example);

  const users = select([["", "no credentials"], ...people.map((person, index) => [String(index), `${person.name || person.subject} (${person.role || person.kind})`]), ["text", "a credential of your own"]], description.credentials.length ? last.user : "", { onchange: () => { last.user = users.value; own.hidden = users.value !== "text"; } });
  const own = el("input", { placeholder: "token or key", "aria-label": "Credential", hidden: true, autocomplete: "off", spellcheck: "false" });
  const prefers = [["", "as the mock decides"], ...description.responses.flatMap((one) => [[`code=${one.status}`, `${one.status} ${one.description}`.slice(0, 70)], ...one.examples.map((name) => [`code=${one.status}, example="${name}"`, `${one.status}, example ${name}`])])];
  const prefer = select(prefers, "", {});
  const result = el("div", { class: "result", "aria-live": "polite" });
  const sending = button("Send", send, { class: "primary", key: "Ctrl ⏎" });
  const undoing = button("Undo", undo, { disabled: true, title: "Return the world to the time before the last sent request" });

  fill(work, el("header", {}, el("h2", { class: "wrap" }, el("span", { class: `method ${description.method.toLowerCase()}` }, description.method), " ", el("span", { class: "mono" }, description.path)),
    el("div", { class: "bar tight small" }, tag(description.operation), tag(description.api), description.deprecated && tag("deprecated", "warn"), el("span", { class: "soft" }, description.summary))),
    description.description && description.description !== description.summary && el("details", {}, el("summary", {}, "Description"), el("p", { class: "prose" }, description.description)),
    el("div", { class: "grid" }, field("Send as", users), field("Response", prefer)), own,
    forms.map(([place, form]) => el("section", {}, el("h3", {}, { path: "Path", query: "Query", header: "Headers", cookie: "Cookies" }[place]), form.element)),
    media && el("section", {}, el("div", { class: "bar tight" }, el("h3", {}, "Body"), el("label", { class: "check" }, isSent, "send"), description.bodies.length > 1 ? mediaType : el("span", { class: "soft small" }, media.media_type), el("label", { class: "check push" }, asText, "as JSON")), bodyBox),
    el("div", { class: "bar sticky" }, sending, undoing), result);

  async function send() {
    sending.disabled = true;
    fill(result, el("p", { class: "soft" }, "Sending …"));
    await attempt(async () => {
      const headers = {}, parameters = Object.fromEntries(forms.map(([place, form]) => [place, present(form.value)]));
      await authorize(headers, parameters);
      if (prefer.value) headers.Prefer = prefer.value;
      const request = { operation: description.operation, api: description.api, parameters, headers };
      if (media && isSent.checked) {
        headers["Content-Type"] = media.media_type;
        let value;
        try { value = body.value; } catch (problem) { throw new Error(`The body is not JSON: ${problem.message}`); }
        if (typeof value === "string" && !media.json) request.text = value;
        else request.body = value;
      }
      const sent = await post("/requests", request);
      showResult(result, sent, go);
      undoing.disabled = !sent.undo;
      if (body && sent.entry) body.mark(sent.entry.violations.filter((one) => one.location === "body"));
      for (const [place, form] of forms) form.mark((sent.entry?.violations ?? []).filter((one) => one.location === place));
    }).then((worked) => { if (!worked) fill(result, ); });
    sending.disabled = false;
  }
  async function authorize(headers, parameters) {
    if (!users.value || !description.credentials.length) return;
    const person = people[Number(users.value)];
    const secret = users.value === "text" ? own.value : (await post("/tokens", { user: person.subject, organization: person.organization, role: person.role, lifetime: "1d" })).access_token;
    for (const { in: place, name, prefix } of description.credentials) {
      if (place === "header") headers[name] = (prefix === "Basic " ? "Basic " + btoa(`${secret}:${secret}`) : prefix + secret);
      else (parameters[place] ??= {})[name] = secret;
    }
  }
  async function undo() {
    await attempt(async () => { undoing.disabled = !(await post("/requests/undo")).undo; }, "Undone: records, clock and identifiers are as before the request.");
  }
  return send;
}

function entryForm(work, entry, { go }) {
  const method = el("input", { value: entry.method, size: 8, spellcheck: "false" });
  const path = el("input", { class: "mono", value: entry.path, spellcheck: "false" });
  const skipped = new Set(["host", "content-length", "connection", "accept-encoding", "x-locum-world"]);
  const headers = el("textarea", { class: "code", rows: 5, spellcheck: "false", value: Object.entries(entry.request.headers).filter(([name]) => !skipped.has(name) && !/^(sec-|origin$|referer$|accept-language$)/.test(name)).map(([name, value]) => `${name}: ${value}`).join("\n") });
  const hasBody = !["none", "binary", "unread", "withheld"].includes(entry.request.form);
  const isJson = ["json", "form"].includes(entry.request.form);
  const body = el("textarea", { class: "code", rows: 14, spellcheck: "false", value: hasBody ? pretty(entry.request.body) : "" });
  const result = el("div", { class: "result", "aria-live": "polite" });
  const sending = button("Send", send, { class: "primary", key: "Ctrl ⏎" });
  const undoing = button("Undo", () => attempt(async () => { undoing.disabled = !(await post("/requests/undo")).undo; }, "Undone."), { disabled: true });
  const found = entry.violations.filter((one) => one.location === "body");
  fill(work, el("header", {}, el("h2", {}, `Edit and resend no. ${entry.number}`), el("p", { class: "soft small" }, "Values that are [redacted] are sent as they were received.")),
    el("div", { class: "grid path" }, field("Method", method), field("Path", path)), field("Headers", headers),
    found.length > 0 && el("ul", { class: "violations" }, found.map((one) => el("li", {}, el("code", {}, one.pointer || "body"), " ", one.message))),
    field("Body", body), el("div", { class: "bar sticky" }, sending, undoing, button("Back to the entry", () => go("journal", { entry: entry.number }))), result);

  async function send() {
    const given = {};
    for (const line of headers.value.split("\n").filter((one) => one.trim())) {
      const at = line.indexOf(":");
      if (at < 1) return report(`This is no header: ${line}`, { bad: true });
      given[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
    const request = { repeats: entry.number, method: method.value.trim().toUpperCase(), path: path.value.trim(), headers: given };
    if (body.value.trim() && isJson) {
      try { request.body = JSON.parse(body.value); } catch (problem) { body.focus(); return report(`The body is not JSON: ${problem.message}`, { bad: true }); }
    } else if (body.value || hasBody) request.text = body.value;
    sending.disabled = true;
    await attempt(async () => {
      const sent = await post("/requests", request);
      undoing.disabled = !sent.undo;
      showResult(result, sent, go);
    });
    sending.disabled = false;
  }
  return send;
}

const present = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

function showResult(result, sent, go) {
  const { entry } = sent, marks = (entry?.violations ?? []).filter((one) => one.location === "response");
  fill(result, el("h3", {}, "Response"),
    el("div", { class: "bar tight" }, el("span", { class: `status big ${toneOf(sent.status)}` }, sent.status || "No response"), entry && el("span", { class: "soft small" }, `${(entry.microseconds / 1000).toFixed(2)} ms, ${sent.size.toLocaleString("en")} bytes`),
      entry && button("Open in the journal", () => go("journal", { entry: entry.number }), { class: "small push" })),
    entry?.violations.length > 0 && el("ul", { class: "violations" }, entry.violations.map((one) => el("li", {}, el("code", {}, `${one.location}${one.pointer}`), " ", one.message))),
    entry && el("details", {}, el("summary", {}, "Why"), el("ol", { class: "trace" }, entry.trace.map((line) => el("li", {}, line)))),
    el("details", {}, el("summary", {}, `${Object.keys(sent.headers).length} headers`), el("dl", {}, Object.entries(sent.headers).map(([name, value]) => [el("dt", {}, name), el("dd", { class: "mono" }, value)]))),
    sent.form === "json" ? jsonView(sent.body, { label: "Response body", marks }) : sent.form === "text" ? el("pre", { tabindex: "0" }, sent.body) : el("p", { class: "soft small" }, sent.form === "none" ? "No body." : `${sent.size.toLocaleString("en")} bytes, binary.`));
  result.scrollIntoView({ block: "nearest" });
}
