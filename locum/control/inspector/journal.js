// The live journal with its filters.
import { ask, follow, here, root } from "./api.js";
import { el, face, say, tried } from "./dom.js";
import { story } from "./entry.js";

const MOST = 500;

export async function journal(view, { feel, signal }) {
  const filters = { text: "", status: "", method: "", undeclared: false };
  const entries = [];
  let paused = false, chosen = 0;

  const search = el("input", { type: "search", id: "filter", placeholder: "Filter: a path, an operation, anything  ( / )", "aria-label": "Filter", oninput: (event) => { filters.text = event.target.value.toLowerCase(); draw(); } });
  const status = el("select", { "aria-label": "Status", onchange: (event) => { filters.status = event.target.value; draw(); } },
    [["", "All statuses"], ["2", "2XX"], ["3", "3XX"], ["4", "4XX"], ["5", "5XX"]].map(([value, text]) => el("option", { value }, text)));
  const method = el("select", { "aria-label": "Method", onchange: (event) => { filters.method = event.target.value; draw(); } },
    ["", "GET", "POST", "PUT", "PATCH", "DELETE"].map((value) => el("option", { value }, value || "All methods")));
  const undeclared = el("button", { type: "button", "aria-pressed": "false", onclick: () => { filters.undeclared = !filters.undeclared; undeclared.setAttribute("aria-pressed", filters.undeclared); draw(); } }, "Undeclared");
  const pause = el("button", { type: "button", "aria-pressed": "false", onclick: () => { paused = !paused; pause.textContent = paused ? "Resume" : "Pause"; pause.setAttribute("aria-pressed", paused); if (!paused) draw(); } }, "Pause");
  const clear = el("button", { type: "button", onclick: () => tried(async () => { await ask("DELETE", "/journal"); entries.length = 0; open(0); draw(); }, "Journal cleared.") }, "Clear");
  const list = el("ul", { class: "entries", role: "listbox", "aria-label": "Journal", tabindex: "0" });
  const panel = el("section", { "aria-label": "Journal entry", hidden: true });
  const split = el("div", { class: "split" }, list, panel);
  view.append(el("div", { class: "bar" }, search, status, method, undeclared, el("span", { class: "push" }), pause, clear), split);

  const fits = (entry) =>
    (!filters.status || String(entry.status)[0] === filters.status) && (!filters.method || entry.method === filters.method) &&
    (!filters.undeclared || !entry.operation) &&
    (!filters.text || (entry.said ??= JSON.stringify(entry).toLowerCase()).includes(filters.text));

  function row(entry, fresh) {
    const made = el("li", { role: "option", "aria-selected": entry.number === chosen ? "true" : "false", class: fresh && "new", onclick: () => open(entry.number) },
      el("span", { class: "no" }, entry.number), el("span", { class: `status s${String(entry.status)[0]}` }, entry.status || "—"),
      el("span", { class: "method" }, entry.method), el("span", { class: "path mono", title: entry.path }, entry.path),
      el("span", { class: "what" }, entry.fault ? "⚡ " : "", entry.operation || "no operation"));
    made.dataset.number = entry.number;
    return made;
  }
  function draw() {
    const shown = entries.filter(fits);
    if (shown.length) list.replaceChildren(...shown.slice(-MOST).reverse().map((entry) => row(entry)));
    else list.replaceChildren(entries.length ? el("li", { class: "soft" }, "No entry matches the filter.") : welcome());
  }
  async function open(number) {
    chosen = number;
    for (const item of list.children) item.setAttribute("aria-selected", Number(item.dataset.number) === number ? "true" : "false");
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    panel.hidden = !number;
    split.classList.toggle("open", Boolean(number));
    const entry = entries.find((found) => found.number === number);
    if (entry) panel.replaceChildren(await story(entry, () => open(0)));
  }
  function step(by) {
    const shown = [...list.children].map((item) => Number(item.dataset.number)).filter(Boolean);
    const at = shown.indexOf(chosen);
    if (shown.length) open(shown[Math.min(Math.max(at < 0 ? 0 : at + by, 0), shown.length - 1)]);
  }

  draw();
  (async () => {
    while (!signal.aborted) {
      try {
        for await (const { event, data } of follow(signal, entries.at(-1)?.number ?? 0)) {
          if (event === "reset") { entries.length = 0; open(0); draw(); continue; }
          entries.push(data);
          if (entries.length > 2 * MOST) entries.splice(0, MOST);
          feel(data.status);
          if (paused || !fits(data)) continue;
          if (!list.querySelector("[data-number]")) list.replaceChildren();
          list.prepend(row(data, true));
          if (list.children.length > MOST) list.lastChild.remove();
        }
      } catch (problem) {
        if (signal.aborted) return;
        say("The server does not respond; trying again.", { bad: true });
      }
      await new Promise((again) => setTimeout(again, 1500));
    }
  })();

  return { keys: { j: () => step(1), k: () => step(-1), Enter: () => !chosen && step(0), Escape: () => open(0), "/": () => search.focus() } };
}

function welcome() {
  const world = here.world === "default" ? "" : `/~${here.world}`;
  return el("div", { class: "empty" }, face(), el("h1", {}, "No requests yet"),
    el("p", { class: "soft" }, "Paste this into a terminal to send one:"), el("pre", {}, `curl -i ${root.replace(/\/~.*$/, "")}${world}/hello`));
}
