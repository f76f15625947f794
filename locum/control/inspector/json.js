// A JSON value as foldable, highlighted lines, with marks at pointers (RFC 6901).
import { button, copy, el, pretty } from "./dom.js";

const MANY = 100; // items of a list that are shown at once
const LARGE = 400; // values; a larger document begins folded below its second level

const step = (pointer, name) => `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Return an element that shows a value. `marks` are { pointer, message, tone }; what leads to a mark is unfolded. */
export function jsonView(value, { marks = [], label = "JSON", links = {} } = {}) {
  const byPointer = new Map();
  for (const mark of marks) byPointer.set(mark.pointer, [...(byPointer.get(mark.pointer) ?? []), mark]);
  const deep = size(value) > LARGE ? 1 : 20;
  const leads = (pointer) => marks.some((mark) => mark.pointer.startsWith(`${pointer}/`) || mark.pointer === pointer);
  const lines = el("div", { class: "json", role: "group", "aria-label": label, tabindex: "0" });
  lines.append(...render(value, "", null, 0, ""));
  // Marks of members that are missing are shown at the object that lacks them.
  for (const [pointer, found] of byPointer) {
    if (found.shown) continue;
    const above = lines.querySelector(`[data-pointer="${CSS.escape(pointer.replace(/\/[^/]*$/, ""))}"]`) ?? lines.firstChild;
    above?.classList.add("marked", found[0].tone ?? "bad");
    above?.append(...found.map((mark) => note({ ...mark, message: `${pointer.split("/").at(-1).replaceAll("~1", "/").replaceAll("~0", "~")}: ${mark.message}` })));
  }
  const tools = el("div", { class: "json-tools" }, button("Copy", () => copy(pretty(value), "JSON"), { class: "quiet small" }));
  return el("div", { class: "json-box" }, tools, lines);

  function render(part, pointer, name, depth, comma) {
    const isList = Array.isArray(part);
    if (part === null || typeof part !== "object" || (isList ? part.length : Object.keys(part).length) === 0) {
      return [line(pointer, depth, key(name), scalar(part, pointer), comma)];
    }
    const members = isList ? part.map((item, index) => [index, item]) : Object.entries(part);
    const [open, close] = isList ? "[]" : "{}";
    let shown = 0, isOpen = false;
    const inner = el("div", { class: "inner" });
    const summary = el("span", { class: "folded" }, `${members.length} ${isList ? "items" : "members"} ${close}${comma}`);
    const toggle = el("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-label": `Unfold ${name ?? label}`, onclick: () => set(!isOpen) }, "▸");
    const end = el("div", { class: "line", style: { "--depth": depth } }, close + comma);
    const more = button("", () => extend(), { class: "quiet small" });
    function extend() {
      for (const [member, item] of members.slice(shown, shown + MANY)) {
        inner.append(...render(item, step(pointer, member), isList ? null : member, depth + 1, ++shown < members.length ? "," : ""));
      }
      more.remove();
      if (shown < members.length) {
        more.textContent = `Show ${Math.min(MANY, members.length - shown)} more of ${members.length}`;
        inner.append(more);
      }
    }
    function set(to) {
      isOpen = to;
      if (to && !shown) extend();
      inner.hidden = end.hidden = !to;
      summary.hidden = to;
      toggle.textContent = to ? "▾" : "▸";
      toggle.setAttribute("aria-expanded", to);
      toggle.setAttribute("aria-label", `${to ? "Fold" : "Unfold"} ${name ?? label}`);
    }
    const first = line(pointer, depth, toggle, key(name), open, summary);
    set(depth < deep || leads(pointer));
    return [first, inner, end];
  }
  function line(pointer, depth, ...content) {
    const made = el("div", { class: "line", style: { "--depth": depth }, dataset: { pointer } }, content);
    const found = byPointer.get(pointer);
    if (found) {
      found.shown = true;
      made.classList.add("marked", found[0].tone ?? "bad");
      made.append(...found.map((mark) => note(mark)));
    }
    return made;
  }
  function key(name) {
    return name === null ? "" : [el("span", { class: "key" }, JSON.stringify(name)), ": "];
  }
  function scalar(part, pointer) {
    const text = JSON.stringify(part), kind = part === null ? "null" : typeof part === "object" ? "none" : typeof part;
    const target = links[pointer];
    return target ? el("a", { class: kind, href: target }, text) : el("span", { class: kind }, text);
  }
}

const note = (mark) => el("span", { class: "note" }, mark.message);

function size(value) {
  let left = LARGE + 1;
  const walk = (part) => {
    if (left-- <= 0 || part === null || typeof part !== "object") return;
    for (const inner of Object.values(part)) { walk(inner); if (left <= 0) return; }
  };
  walk(value);
  return LARGE + 1 - left;
}

/** Return the pointer of a violation's location: ["body", "value", "name"] after `skip` steps. */
export const pointerOf = (location, skip = 0) => location.slice(skip).reduce((pointer, name) => step(pointer, name), "");

/** Return the value at a pointer; undefined if there is none. */
export function valueAt(value, pointer) {
  return pointer.split("/").slice(1).reduce((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], value);
}
