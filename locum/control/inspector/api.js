// The control API: requests in the selected world, with the control token if the server requires one.
import { dialog, el, field } from "./dom.js";

const HOME = location.pathname.replace(/__locum\/.*$/, "__locum");
const named = location.pathname.match(/\/~([^/]+)\/__locum\//)?.[1];

/** The address of the server. */
export const root = location.origin + HOME.replace(/\/__locum$/, "").replace(/\/~[^/]*$/, "");

/** The selected world. */
export const here = { world: named ?? "default" };

/** Whether the server responds; listeners are called when that changes. */
export const server = { reachable: true, listeners: new Set() };

function reached(is) {
  if (server.reachable === is) return;
  server.reachable = is;
  for (const listener of server.listeners) listener(is);
}

// The control token is kept with this page's entries in the tab's history. A reload finds it there; other pages of this
// origin, unlike with sessionStorage, do not.
const fragment = new URLSearchParams(location.hash.replace(/^#(\/\w*\?)?/, "")).get("token");
let token = fragment ?? history.state?.token ?? "";
const keep = (address) => { if (token) history.replaceState({ token }, "", address); };
keep(fragment === null ? location.href : location.href.replace(/[#&]token=[^&]*/, (found) => (found[0] === "#" ? "#/journal" : "")));
addEventListener("hashchange", () => keep(location.href));

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

/** An error of the server: its message, status, code and violations. */
export class Rejected extends Error {
  constructor(status, value) {
    super(typeof value === "object" && value?.detail ? value.detail : `The server responded with status ${status}.`);
    this.status = status;
    this.code = value?.code;
    this.violations = value?.validation ?? [];
  }
}

/** Send a request to one operation of the control API. Throws Rejected, or an Error if the server does not respond. */
export async function ask(method, path, body, query = {}) {
  const parameters = Object.entries({ world: here.world, ...query }).filter(([, value]) => value !== undefined && value !== "");
  const response = await fetch(`${HOME}${path}?${new URLSearchParams(parameters)}`, {
    method,
    headers: { ...headers(), ...(body !== undefined && { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    reached(false);
    throw new Error("The server does not respond. Start it again; this page reconnects by itself.");
  });
  reached(true);
  if (response.status === 401) {
    await signIn();
    return ask(method, path, body, query);
  }
  const text = await response.text();
  const value = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
  if (!response.ok) throw new Rejected(response.status, value);
  return value;
}

export const get = (path, query) => ask("GET", path, undefined, query);
export const post = (path, body, query) => ask("POST", path, body, query);
export const put = (path, body, query) => ask("PUT", path, body, query);
export const remove = (path, query) => ask("DELETE", path, undefined, query);

/** Encode a name as one segment of a path. */
export const segment = encodeURIComponent;

/** Use the world; create it if it does not exist, so that there is something to show. */
export async function enter() {
  try {
    return await get(`/worlds/${segment(here.world)}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return post("/worlds", { name: here.world });
  }
}

const known = new Map();

/** Return the response of a GET that does not change while the page is open. */
export function constant(path, query) {
  const key = path + JSON.stringify(query ?? {});
  if (!known.has(key)) known.set(key, get(path, query).catch((problem) => { known.delete(key); throw problem; }));
  return known.get(key);
}

/** Yield the events of the journal until the signal aborts; each has a row, which has what a list shows of an entry. */
export async function* follow(signal, after = 0) {
  const query = new URLSearchParams({ world: here.world, after, rows: "true" });
  const response = await fetch(`${HOME}/journal/stream?${query}`, { headers: headers(), signal });
  if (!response.ok) throw new Error("Following the journal failed.");
  reached(true);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split("\n\n");
    rest = pieces.pop();
    const events = [];
    for (const piece of pieces) {
      const fields = Object.fromEntries(piece.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trim()]));
      if (fields.event) events.push({ event: fields.event, data: JSON.parse(fields.data || "{}") });
    }
    if (events.length) yield events;
  }
}

/** Note that the stream of the journal broke. */
export const lost = () => reached(false);

function signIn() {
  return new Promise((resolve) => {
    const input = el("input", { type: "password", required: true, autofocus: true, autocomplete: "off" });
    const box = dialog("Control token",
      el("p", {}, "Other machines can reach this server, so the control API requires a token. It was printed when the server started."),
      field("Token", input), el("div", { class: "bar end" }, el("button", { class: "primary" }, "Sign in")));
    box.onclose = () => {
      token = input.value.trim();
      keep(location.href);
      resolve();
    };
  });
}
