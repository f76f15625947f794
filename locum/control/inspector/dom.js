// Making elements, and saying things to people. Texts are only ever set as texts.

/** Make an element: el("button", { class: "first", onclick: save }, "Save"). */
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

/** Say something at the foot of the page, for a while. */
export function say(text, { bad = false } = {}) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.classList.toggle("bad", bad);
  said.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.classList.remove("shown"), bad ? 7000 : 2500);
}

/** Run something that may be refused, and say why if it is; returns whether it went well. */
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

/** Ask whether something is really meant. */
export function sure(question, yes) {
  return new Promise((answer) => {
    const box = dialog(el("form", { method: "dialog" }, el("h1", {}, question), el("div", { class: "bar" },
      el("button", { class: "first", value: "yes" }, yes), el("button", { value: "no" }, "No"))));
    box.onclose = () => answer(box.returnValue === "yes");
    box.returnValue = "";
  });
}

/** Put a text into the clipboard. */
export async function copy(text, what) {
  await tried(() => navigator.clipboard.writeText(text), `${what} is in your clipboard.`);
}

/** A JSON value as a text for people. */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** The small face, which makes one smile. */
export function face(mood = "") {
  const made = document.querySelector(".brand .face").cloneNode(true);
  made.dataset.mood = mood;
  return made;
}
