// Elements, messages, dialogs and menus. Text is only ever set as text, never as HTML.

const PROPERTIES = new Set(["value", "selected", "checked", "disabled", "hidden", "open", "indeterminate"]);

/** Create an element: el("button", { class: "primary", onclick: save }, "Save"). */
export function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || (value === false && !PROPERTIES.has(key))) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (key === "style") for (const [property, text] of Object.entries(value)) made.style.setProperty(property, text);
    else if (PROPERTIES.has(key)) made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Replace what is in an element; children that are false, null or undefined are left out. */
export function fill(box, ...children) {
  box.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Create a button; `key` is shown as its keyboard shortcut. */
export function button(text, onclick, { key, ...given } = {}) {
  return el("button", { type: "button", onclick, ...given }, text, key && el("kbd", { "aria-hidden": "true" }, key));
}

/** Create a labelled field. */
export function field(label, control, hint) {
  control.id ||= `field-${++field.count}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control, hint && el("p", { class: "soft small" }, hint));
}
field.count = 0;

/** Create a select from [value, text] pairs or texts. */
export function select(options, value, given = {}) {
  const made = el("select", given, options.map((one) => {
    const [key, text] = Array.isArray(one) ? one : [one, one];
    return el("option", { value: key, selected: key === value }, text);
  }));
  return made;
}

/** Show a message at the bottom of the page for a few seconds. */
export function report(text, { bad = false } = {}) {
  const box = document.getElementById("message");
  box.textContent = text;
  box.classList.toggle("bad", bad);
  box.classList.add("shown");
  clearTimeout(report.timer);
  report.timer = setTimeout(() => box.classList.remove("shown"), bad ? 8000 : 3000);
}

/** Run a function that may fail, and show the error message; return whether it succeeded. */
export async function attempt(what, done) {
  try {
    await what();
    if (done) report(done);
    return true;
  } catch (problem) {
    report(problem.message, { bad: true });
    return false;
  }
}

/** Show a dialog with a title and this content, and return it. Esc closes it. */
export function dialog(title, ...content) {
  const box = document.getElementById("dialog");
  const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), content);
  box.replaceChildren(form);
  box.onclose = null;
  box.returnValue = "";
  if (!box.open) box.showModal();
  return box;
}

/** Ask for confirmation. */
export function confirmed(question, yes) {
  return new Promise((resolve) => {
    const box = dialog(question, el("div", { class: "bar end" }, el("button", { value: "" }, "Cancel"), el("button", { class: "danger", value: "yes", autofocus: true }, yes)));
    box.onclose = () => resolve(box.returnValue === "yes");
  });
}

/** Ask for a text; return null if the dialog is cancelled. */
export function prompted(question, label, value, yes, pattern) {
  return new Promise((resolve) => {
    const input = el("input", { value, required: true, pattern, autofocus: true, autocomplete: "off", spellcheck: "false" });
    const box = dialog(question, field(label, input), el("div", { class: "bar end" }, el("button", { value: "", formnovalidate: true }, "Cancel"), el("button", { class: "primary", value: "yes" }, yes)));
    input.select();
    input.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (input.reportValidity()) box.close("yes");
    };
    box.onclose = () => resolve(box.returnValue === "yes" ? input.value.trim() : null);
  });
}

/** Show a menu at a button; items are [text, action] or [text, action, key]. Arrow keys move, Enter chooses, Esc closes. */
export function menu(anchor, items) {
  document.getElementById("menu")?.remove();
  const list = el("div", { id: "menu", role: "menu", "aria-label": anchor.textContent.trim() || "Menu" });
  const close = (focus = true) => { list.remove(); removeEventListener("pointerdown", outside, true); anchor.setAttribute("aria-expanded", "false"); if (focus) anchor.focus(); };
  const outside = (event) => { if (!list.contains(event.target)) close(false); };
  list.append(...items.map(([text, action]) => el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { close(); action(); } }, text)));
  list.addEventListener("keydown", (event) => {
    const all = [...list.children], at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); all[(to + all.length) % all.length].focus(); }
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); close(); }
    event.stopPropagation();
  });
  document.getElementById("view").append(list);
  const box = anchor.getBoundingClientRect(), own = list.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`;
  list.style.top = `${box.bottom + own.height + 8 > innerHeight ? Math.max(8, box.top - own.height - 4) : box.bottom + 4}px`;
  anchor.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", outside, true);
  list.firstChild?.focus();
}

/** Create a button that opens a menu. */
export function menuButton(text, items, given = {}) {
  const made = button(text, () => menu(made, typeof items === "function" ? items() : items), { "aria-haspopup": "menu", "aria-expanded": "false", ...given });
  return made;
}

/** Copy a text to the clipboard. */
export async function copy(text, what) {
  await attempt(async () => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Pages of a plain http address other than loopback have no clipboard.
    const area = el("textarea", { value: text, class: "copied", "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }, `${what} copied.`);
}

/** Save a text as a file. */
export function download(text, name, type = "text/plain") {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Show an empty state: what is missing, and what to do next. */
export function emptyState(title, text, ...actions) {
  return el("div", { class: "empty" }, el("h2", {}, title), text && el("p", { class: "soft" }, text), actions);
}

/** Create a tag. */
export const tag = (text, tone = "") => el("span", { class: `tag ${tone}` }, text);

/** The tone of a status. */
export const toneOf = (status) => (status === 0 || status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "info" : "good");

/** Format a JSON value. */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** Format a count with its noun: `1 entry`, `1,234 entries`. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
