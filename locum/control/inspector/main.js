// The page: views, the selected world, keyboard shortcuts, dark and light theme.
import { ask, enter as use, here } from "./api.js";
import { clock } from "./clock.js";
import { contracts } from "./contracts.js";
import { dialog, el, say, sure, tried } from "./dom.js";
import { faults } from "./faults.js";
import { journal } from "./journal.js";
import { records } from "./records.js";
import { worlds } from "./worlds.js";

const VIEWS = { journal, records, worlds, clock, faults, contracts };
const view = document.getElementById("view"), picker = document.getElementById("world"), now = document.getElementById("now");
const mood = document.querySelector(".brand .face");
let keys = {}, leave = new AbortController();

function enter(world) {
  here.world = world;
  go(name());
}
const name = () => { const found = location.hash.slice(2).split("?")[0]; return found in VIEWS ? found : "journal"; };
const go = (to) => { location.hash = `#/${to}?world=${encodeURIComponent(here.world)}`; };

async function changed() {
  const all = await ask("GET", "/worlds");
  picker.replaceChildren(...all.map((world) => el("option", { value: world.name, selected: world.name === here.world }, world.name)));
  const current = all.find((world) => world.name === here.world);
  now.textContent = current ? `${current.clock.now.slice(0, 19).replace("T", " ")}${current.clock.mode === "frozen" ? " ❄" : ""}` : "";
}
function feel(status) {
  mood.dataset.mood = status === 0 || status >= 500 ? "ouch" : status >= 400 ? "wow" : "";
  clearTimeout(feel.timer);
  feel.timer = setTimeout(() => { mood.dataset.mood = ""; }, 2500);
  clearTimeout(feel.soon);
  feel.soon = setTimeout(() => changed().catch(() => {}), 300);
}

async function show() {
  leave.abort();
  leave = new AbortController();
  keys = {};
  here.world = new URLSearchParams(location.hash.split("?")[1]).get("world") ?? here.world;
  const which = name(), { signal } = leave;
  document.title = `${which} · ${here.world} · locum`;
  for (const link of document.querySelectorAll("nav a")) link.toggleAttribute("aria-current", link.dataset.view === which);
  // Each view has its own element, so that late results of a view that was left are not shown.
  const page = el("div", { class: "page" });
  view.replaceChildren(page);
  await tried(async () => {
    await use();
    await changed();
    if (signal.aborted) return;
    keys = (await VIEWS[which](page, { changed, enter, feel, refresh: show, signal }))?.keys ?? {};
  });
}

const theme = (dark) => { document.documentElement.dataset.theme = dark ? "dark" : "light"; };
const isDark = () => document.documentElement.dataset.theme === "dark";
function turn() {
  theme(!isDark());
  localStorage.setItem("locum-theme", isDark() ? "dark" : "light");
}
function help() {
  const shortcuts = [["1 … 6", "the views"], ["/", "filter the journal"], ["j  k", "the next and the last request"], ["Esc", "close"], ["r", "reset the world"], ["d", "dark or light theme"], ["?", "keyboard shortcuts"]];
  dialog(el("form", { method: "dialog" }, el("h1", {}, "Keyboard shortcuts"), el("dl", {}, shortcuts.map(([key, what]) => [el("dt", {}, key.split(/\s+/).map((one) => one === "…" ? " … " : el("kbd", {}, one))), el("dd", {}, what)])), el("div", { class: "bar" }, el("button", { class: "first", autofocus: true }, "Close"))));
}
async function reset() {
  if (!(await sure(`Reset the world ${here.world} to its initial state?`, "Reset world"))) return;
  await tried(() => ask("POST", `/worlds/${encodeURIComponent(here.world)}/reset`), "World reset.");
  await show();
}

document.querySelector("nav").append(...Object.keys(VIEWS).map((each, index) => {
  const link = el("a", { href: `#/${each}`, title: `${index + 1}`, onclick: (event) => { event.preventDefault(); go(each); } }, each[0].toUpperCase() + each.slice(1));
  link.dataset.view = each;
  return link;
}), el("a", { href: "docs/" }, "Docs"));
picker.addEventListener("change", () => enter(picker.value));
document.getElementById("theme").addEventListener("click", turn);
document.getElementById("help").addEventListener("click", help);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("dialog").open) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "Escape" && typing) return event.target.blur();
  if (typing || (event.key === "Enter" && event.target.tagName === "BUTTON")) return;
  const general = { "?": help, d: turn, r: reset, ...Object.fromEntries(Object.keys(VIEWS).map((each, index) => [String(index + 1), () => go(each)])) };
  const act = keys[event.key] ?? general[event.key];
  if (act) { event.preventDefault(); act(); }
});
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => { if (!localStorage.getItem("locum-theme")) theme(dark.matches); });
theme((localStorage.getItem("locum-theme") ?? (dark.matches ? "dark" : "light")) === "dark");
addEventListener("hashchange", show);
show().catch((problem) => say(problem.message, { bad: true }));
