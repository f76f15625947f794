// The records of a world: types, records, and an editor for one record.
import { ask } from "./api.js";
import { el, face, pretty, say, sure, tried } from "./dom.js";

export async function records(view, { changed }) {
  const types = el("div", { class: "list", role: "list", "aria-label": "Types" });
  const keys = el("div", { class: "list", role: "list", "aria-label": "Records" });
  const panel = el("div", {});
  view.append(el("div", { class: "three" }, el("section", { class: "card" }, el("h2", {}, "Types"), types), el("section", { class: "card" }, el("h2", {}, "Records"), keys), panel));
  let kind = "", turns = 0;

  async function list() {
    const found = await ask("GET", "/records");
    types.replaceChildren(...found.map((type) => el("button", { type: "button", "aria-current": type.name === kind && "true", onclick: () => choose(type.name) }, el("span", {}, type.name.split(".").at(-1)), el("span", { class: "tag" }, type.records))));
    if (!found.length) panel.replaceChildren(el("div", { class: "card empty" }, face(), el("h1", {}, "No records yet"), el("p", { class: "soft" }, "Records appear when a request creates one or first lists a collection.")));
    else if (!kind) await choose(found[0].name);
  }
  async function choose(name, key) {
    kind = name;
    // The latest selection is shown, whichever response arrives first; text being edited is not overwritten.
    const turn = ++turns;
    panel.replaceChildren();
    for (const button of types.children) button.toggleAttribute("aria-current", button.firstChild.textContent === name.split(".").at(-1));
    const path = `/records/${encodeURIComponent(name)}`;
    const found = await ask("GET", path, undefined, { limit: 1000 });
    if (turn !== turns) return;
    keys.replaceChildren(el("button", { type: "button", onclick: () => edit("", found[0]?.value ?? {}) }, el("span", {}, "+ Add record")),
      ...found.map((record) => el("button", { type: "button", class: "mono", onclick: () => edit(record.key, record.value) }, el("span", {}, record.value?.name ?? record.value?.title ?? record.key), el("span", { class: "tag" }, record.key.slice(-8)))));
    const shown = found.find((record) => record.key === key) ?? found[0];
    if (shown) edit(shown.key, shown.value);
    else panel.replaceChildren();
  }
  function edit(key, value) {
    const path = (name) => `/records/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
    const name = el("input", { value: key, required: true, "aria-label": "Key", class: "mono" });
    const text = el("textarea", { spellcheck: "false", "aria-label": "The record as JSON", value: pretty(value) });
    const save = () => tried(async () => {
      let parsed;
      try { parsed = JSON.parse(text.value); } catch (problem) { throw new Error(`Invalid JSON: ${problem.message}`); }
      if (!name.value) throw new Error("A record needs a key.");
      await ask("PUT", path(name.value), { value: parsed });
      await list();
      await choose(kind, name.value);
      changed();
    }, "Saved.");
    text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(); });
    panel.replaceChildren(el("section", { class: "card" },
      el("div", { class: "bar" }, el("h2", {}, key ? kind.split(".").at(-1) : `A new ${kind.split(".").at(-1)}`), key ? el("code", { class: "wrap" }, key) : name), text,
      el("div", { class: "bar" }, el("button", { class: "first", type: "button", onclick: save }, "Save"), el("span", { class: "soft small" }, "Ctrl+Enter"),
        key && el("button", { class: "danger push", type: "button", onclick: async () => { if (await sure("Remove this record?", "Remove")) { await tried(() => ask("DELETE", path(key)), "Removed."); await list(); await choose(kind); changed(); } } }, "Remove"))));
  }
  await list().catch((problem) => say(problem.message, { bad: true }));
}
