// The clock of a world: its time, its pace, and what is scheduled.
import { get, post, put } from "./api.js";
import { attempt, button, count, el, emptyState, field } from "./dom.js";

const PACE = {
  stepping: (clock) => `It advances by ${clock.step} s with each request.`,
  frozen: () => "It is frozen until you change it.",
  running: (clock) => `It runs ${clock.rate === 1 ? "as fast as" : `${clock.rate} times as fast as`} the clock of the machine.`,
};
const STEPS = [["1 minute", "1m"], ["1 hour", "1h"], ["1 day", "1d"], ["1 week", "1w"], ["30 days", "30d"]];

export async function clock(page, { changed, signal }) {
  const time = el("p", { class: "time", role: "timer", "aria-label": "The world's time" }), pace = el("p", { class: "soft" });
  const moment = el("input", { type: "datetime-local", step: 1 });
  const rate = el("input", { type: "number", min: 0.001, step: "any", value: 60 });
  const step = el("input", { value: "1s", autocomplete: "off" });
  const events = el("div", { "aria-live": "polite" });
  let shownFor = "", state = null;
  function show(values) {
    state = values;
    time.textContent = values.now.slice(0, 19).replace("T", " ");
    pace.textContent = PACE[values.mode](values);
    if (document.activeElement !== moment) moment.value = values.now.slice(0, 19);
  }
  const act = (method, path, body, done) => attempt(async () => { show(await method(path, body)); changed(); await showEvents(); }, done);
  async function showEvents() {
    const found = await get("/clock/events", { limit: 8 }).catch((problem) => problem);
    if (signal.aborted) return;
    if (found instanceof Error) return events.replaceChildren(el("p", { class: "bad" }, found.message));
    shownFor = found[0]?.at ?? "";
    if (!found.length) return events.replaceChildren(emptyState("Nothing is scheduled", "Handlers schedule events, such as runs of workflows. Tokens expire and rate limits refill without an event."));
    events.replaceChildren(el("ol", { class: "plain events" }, found.map((one, index) => el("li", {},
      el("div", { class: "bar tight" }, el("strong", { class: "mono" }, one.at.slice(0, 19).replace("T", " ")), el("span", { class: "soft small" }, until(one.at)),
        button(index ? "Advance to this" : "Advance to the next event", () => act(put, "/clock", { now: one.at }, `Advanced to ${one.at.slice(0, 19).replace("T", " ")}.`), { class: index ? "small push" : "primary small push", key: index ? undefined : "n" })),
      el("p", { class: "soft small" }, one.changes.length ? summary(one.changes) : "No record changes.")))));
  }
  function until(at) {
    const seconds = Math.max(0, (Date.parse(at) - Date.parse(state.now)) / 1000);
    return seconds < 90 ? `in ${Math.round(seconds)} s` : seconds < 5400 ? `in ${Math.round(seconds / 60)} min` : seconds < 172_800 ? `in ${Math.round(seconds / 3600)} h` : `in ${Math.round(seconds / 86_400)} days`;
  }
  const next = () => events.querySelector("button")?.click();
  page.append(
    el("div", { class: "cards" },
      el("section", { class: "card" }, el("h2", {}, "Time"), time, pace,
        el("div", { class: "bar" }, STEPS.map(([text, by]) => button(`+ ${text}`, () => act(post, "/clock/advance", { by }, `Advanced by ${text}.`)))),
        el("p", { class: "soft small" }, "Scheduled events until the new time run in order; tokens expire and rate limits are refilled."),
        el("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); act(put, "/clock", { now: `${moment.value}${moment.value.length < 17 ? ":00" : ""}Z` }, "The time is set."); } }, field("Set the time (UTC)", moment, "Setting it back undoes nothing."), el("button", { class: "end" }, "Set"))),
      el("section", { class: "card" }, el("h2", {}, "Pace"),
        el("div", { class: "bar" }, button("Freeze", () => act(post, "/clock/freeze", undefined, "Frozen.")), button("Resume", () => act(post, "/clock/resume", undefined, "Resumed."))),
        el("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); act(post, "/clock/resume", { step: step.value.trim() }, "The clock advances with each request."); } }, field("Step with each request", step, "30s, 5m, 1h"), el("button", { class: "end" }, "Step")),
        el("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); act(post, "/clock/resume", { rate: Number(rate.value) }, "The clock runs."); } }, field("Times as fast as the machine", rate), el("button", { class: "end" }, "Run")))),
    el("section", { class: "card" }, el("h2", {}, "Scheduled"), events));
  show(await get("/clock"));
  await showEvents();
  const timer = setInterval(() => get("/clock").then((values) => { show(values); if (shownFor && values.now >= shownFor) showEvents(); }, () => {}), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  return { keys: { n: next }, help: [["n", "advance to the next event"]] };
}

function summary(changes) {
  const groups = new Map();
  for (const { kind, type } of changes) groups.set(`${type} ${kind}`, (groups.get(`${type} ${kind}`) ?? 0) + 1);
  return [...groups].map(([what, number]) => `${count(number, what.split(" ").slice(0, -1).join(" "))} ${what.split(" ").at(-1)}`).join(", ");
}
