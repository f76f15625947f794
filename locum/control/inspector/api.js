// Requests to the control API, in one world, with the control token if the server requires one.
import { dialog, el } from "./dom.js";

const HOME = location.pathname.replace(/__locum\/.*$/, "__locum");
const named = location.pathname.match(/\/~([^/]+)\/__locum\//)?.[1];

export const root = location.origin + HOME.replace(/\/__locum$/, "");
export const here = { world: named ?? new URLSearchParams(location.hash.split("?")[1]).get("world") ?? "default" };

// The control token is kept with this page's entries in the tab's history. A reload finds it there; other pages of this
// origin, unlike with sessionStorage, do not.
const fragment = new URLSearchParams(location.hash.slice(1)).get("token");
let token = fragment ?? history.state?.token ?? "";
const keep = (address) => { if (token) history.replaceState({ token }, "", address); };
keep(fragment ? location.pathname : location.href);
addEventListener("hashchange", () => keep(location.href));

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

/** Send a request to one operation; an error is thrown with the message of the server. */
export async function ask(method, path, body, query = {}) {
  const parameters = Object.entries({ world: here.world, ...query }).filter(([, value]) => value !== undefined && value !== "");
  const response = await fetch(`${HOME}${path}?${new URLSearchParams(parameters)}`, {
    method,
    headers: { ...headers(), ...(body !== undefined && { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => { throw new Error("The server does not respond. Is it still running?"); });
  if (response.status === 401) {
    await signIn();
    return ask(method, path, body, query);
  }
  const text = await response.text();
  const value = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
  if (!response.ok) {
    const rules = (value.validation ?? []).map((found) => `${found.location.join("/")}: ${found.message}`);
    throw Object.assign(new Error([value.detail ?? response.statusText, ...rules].join(" ")), { status: response.status });
  }
  return value;
}

/** Use the world; create it if it does not exist, so that there is something to show. */
export async function enter() {
  await ask("GET", `/worlds/${encodeURIComponent(here.world)}`).catch((problem) => {
    if (problem.status !== 404) throw problem;
    return ask("POST", "/worlds", { name: here.world });
  });
}

/** Yield the events of the journal until the signal aborts. */
export async function* follow(signal, after = 0) {
  const query = new URLSearchParams({ world: here.world, after });
  const response = await fetch(`${HOME}/journal/stream?${query}`, { headers: headers(), signal });
  if (!response.ok) throw new Error("Following the journal failed.");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split("\n\n");
    rest = pieces.pop();
    for (const piece of pieces) {
      const fields = Object.fromEntries(piece.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trim()]));
      if (fields.event) yield { event: fields.event, data: JSON.parse(fields.data || "{}") };
    }
  }
}

function signIn() {
  return new Promise((done) => {
    const input = el("input", { type: "password", required: true, autofocus: true, autocomplete: "off", "aria-label": "Control token" });
    const box = dialog(el("form", { method: "dialog" }, el("h1", {}, "Control token"),
      el("p", {}, "Other machines can reach this server, so the control API requires a token. It was printed when the server started."),
      input, el("div", { class: "bar" }, el("button", { class: "first" }, "Sign in"))));
    box.onclose = () => {
      token = input.value.trim();
      keep(location.href);
      done();
    };
  });
}
