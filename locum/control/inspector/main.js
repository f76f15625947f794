// The page: navigation, the selected world, the theme, and the keyboard.
import { enter as use, get, here, post, segment, server } from "./api.js";
import { attempt, button, confirmed, dialog, el, emptyState, report } from "./dom.js";
import { clock } from "./clock.js";
import { compose } from "./compose.js";
import { contracts } from "./contracts.js";
import { faults } from "./faults.js";
import { journal } from "./journal.js";
import { records } from "./records.js";
import { followWorld, store } from "./store.js";
import { verify } from "./verify.js";
import { worlds } from "./worlds.js";

const VIEWS = { journal, compose, records, worlds, clock, faults, contracts, verify };
const TITLES = { journal: "Journal", compose: "Compose", records: "Records", worlds: "Worlds", clock: "Clock", faults: "Faults", contracts: "Contracts", verify: "Verify" };
const FILLS = new Set(["journal", "compose", "records"]); // views that are as high as the window, and scroll within

const main = document.getElementById("view"), picker = document.getElementById("world"), now = document.getElementById("now");
const banner = document.getElementById("banner"), docs = document.getElementById("docs");
let active = {}, leave = new AbortController(), shownWorld = null;

const nameOf = () => { const found = location.hash.slice(2).split("?")[0]; return found in VIEWS ? found : "journal"; };
const paramsOf = () => new URLSearchParams(location.hash.split("?")[1]);

/** Open a view; with `again`, also if it is open already. */
function go(view, params = {}, { again = false } = {}) {
  const hash = `#/${view}?${new URLSearchParams({ world: here.world, ...params })}`;
  if (location.hash !== hash) location.hash = hash;
  else if (again) show();
}

function enter(world) {
  here.world = world;
  go(nameOf(), {}, { again: true });
}

/** Update what the header shows of the world. */
async function changed() {
  const all = await get("/worlds");
  picker.replaceChildren(...all.map((world) => el("option", { value: world.name, selected: world.name === here.world }, world.name)));
  const current = all.find((world) => world.name === here.world);
  now.textContent = current ? `${current.clock.now.slice(0, 19).replace("T", " ")}${current.clock.mode === "stepping" ? "" : ` (${current.clock.mode})`}` : "";
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave, view = nameOf(), params = paramsOf();
  here.world = params.get("world") || here.world;
  active = {};
  document.querySelector("#message.bad")?.classList.remove("shown");
  document.title = `${TITLES[view]} - ${here.world} - locum`;
  for (const link of document.querySelectorAll("#nav a[data-view]")) {
    if (link.dataset.view === view) { link.setAttribute("aria-current", "page"); link.scrollIntoView({ block: "nearest", inline: "nearest" }); } else link.removeAttribute("aria-current");
    link.href = `#/${link.dataset.view}?${new URLSearchParams({ world: here.world })}`;
  }
  docs.href = here.world === "default" ? "docs/" : `${location.pathname.replace(/(\/~[^/]*)?\/__locum\/.*$/, "")}/~${segment(here.world)}/__locum/docs/`;
  // Each view has its own element, so that late results of a view that was left are not shown.
  const page = el("div", { class: `page ${FILLS.has(view) ? "fills" : ""}`, dataset: { view } });
  const title = el("h1", { class: "sr" }, TITLES[view]);
  main.replaceChildren(title, page);
  try {
    await use();
    if (signal.aborted) return;
    if (shownWorld !== here.world) { shownWorld = here.world; followWorld(); }
    const [made] = await Promise.all([VIEWS[view](page, { params, go, enter, changed, refresh: show, signal }), changed()]);
    if (!signal.aborted) { active = made ?? {}; page.dataset.ready = "true"; }
  } catch (problem) {
    if (signal.aborted) return;
    page.replaceChildren(emptyState(problem.status ? "This view cannot be shown" : "The server does not respond", problem.message, button("Try again", show, { class: "primary" })));
  }
}

let comeback = 0;
server.listeners.add((reachable) => {
  banner.hidden = reachable;
  clearTimeout(comeback);
  // A view that could not be shown is shown again, but not more often than once in two seconds.
  if (reachable) comeback = setTimeout(() => { if (!main.querySelector("[data-ready]")) show(); }, 2000);
});

store.listeners.add(() => {
  clearTimeout(changed.timer);
  changed.timer = setTimeout(() => changed().catch(() => {}), 400);
});

const theme = (dark) => { document.documentElement.dataset.theme = dark ? "dark" : "light"; };
const isDark = () => document.documentElement.dataset.theme === "dark";
function turn() {
  theme(!isDark());
  localStorage.setItem("locum-theme", isDark() ? "dark" : "light");
}

const GENERAL = [["1 … 8", "views"], ["w", "choose the world"], ["r", "reset the world"], ["d", "dark or light"], ["Esc", "close, or leave a field"], ["?", "this help"]];
function help() {
  const keys = (list) => el("dl", { class: "keys" }, list.map(([key, what]) => [el("dt", {}, key.split(" ").map((one) => (one === "…" ? " … " : [el("kbd", {}, one), " "]))), el("dd", {}, what)]));
  dialog("Keyboard", active.help?.length ? [el("h3", {}, TITLES[nameOf()]), keys(active.help)] : "", el("h3", {}, "Everywhere"), keys(GENERAL), el("div", { class: "bar end" }, el("button", { class: "primary", autofocus: true }, "Close")));
}
async function reset() {
  if (!(await confirmed(`Reset the world ${here.world} to its initial state?`, "Reset"))) return;
  await attempt(() => post(`/worlds/${segment(here.world)}/reset`), "Reset.");
  await show();
}

const nav = document.getElementById("nav");
Object.keys(VIEWS).forEach((view, index) => nav.insertBefore(el("a", { href: `#/${view}`, dataset: { view }, title: `${TITLES[view]} (${index + 1})` }, TITLES[view]), docs));
picker.addEventListener("change", () => enter(picker.value));
document.getElementById("theme").addEventListener("click", turn);
document.getElementById("help").addEventListener("click", help);
document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });

document.addEventListener("keydown", (event) => {
  if (document.getElementById("dialog").open || document.getElementById("menu")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (active.submit) { event.preventDefault(); active.submit(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { target } = event, isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
  if (event.key === "Escape" && isTyping) {
    event.preventDefault();
    if (target.getAttribute("role") === "searchbox" && target.value && active.escape) active.escape();
    else target.blur();
    return;
  }
  if (isTyping || (/^(Enter| )$/.test(event.key) && /^(BUTTON|A|SUMMARY|INPUT)$/.test(target.tagName))) return;
  const general = { "?": help, d: turn, r: reset, w: () => picker.focus(), ...Object.fromEntries(Object.keys(VIEWS).map((view, index) => [String(index + 1), () => go(view)])) };
  const act = active.keys?.[event.key] ?? general[event.key];
  if (act) { event.preventDefault(); act(); }
});

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => { if (!localStorage.getItem("locum-theme")) theme(dark.matches); });
theme((localStorage.getItem("locum-theme") ?? (dark.matches ? "dark" : "light")) === "dark");
addEventListener("hashchange", show);
addEventListener("unhandledrejection", (event) => report(event.reason?.message ?? String(event.reason), { bad: true }));
show();
