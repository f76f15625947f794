// Helpers for elements, messages and dialogs. Text is only ever set as text, never as HTML.

/** Create an element: el("button", { class: "first", onclick: save }, "Save"). */
export function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "selected" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Show a message at the bottom of the page for a few seconds. */
export function say(text, { bad = false } = {}) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.classList.toggle("bad", bad);
  said.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.classList.remove("shown"), bad ? 7000 : 2500);
}

/** Run a function that may fail, and show the error message; returns whether it succeeded. */
export async function tried(what, done) {
  try {
    await what();
    if (done) say(done);
    return true;
  } catch (problem) {
    say(problem.message, { bad: true });
    return false;
  }
}

/** Show a dialog with this content, and return it. */
export function dialog(...content) {
  const box = document.getElementById("dialog");
  box.replaceChildren(...content);
  if (!box.open) box.showModal();
  return box;
}

/** Ask for confirmation. */
export function sure(question, yes) {
  return new Promise((answer) => {
    const box = dialog(el("form", { method: "dialog" }, el("h1", {}, question), el("div", { class: "bar" },
      el("button", { class: "first", value: "yes" }, yes), el("button", { value: "no" }, "Cancel"))));
    box.onclose = () => answer(box.returnValue === "yes");
    box.returnValue = "";
  });
}

/** Copy text to the clipboard. */
export async function copy(text, what) {
  await tried(() => navigator.clipboard.writeText(text), `${what} was copied.`);
}

/** Format a JSON value for display. */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** Return a copy of the logo, a small face. */
export function face(mood = "") {
  const made = document.querySelector(".brand .face").cloneNode(true);
  made.dataset.mood = mood;
  return made;
}
