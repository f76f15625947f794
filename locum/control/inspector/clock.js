// The clock of a world, and the controls that change it.
import { ask } from "./api.js";
import { el, tried } from "./dom.js";

const WORDS = { stepping: (clock) => `Advances by ${clock.step} s with each request.`, frozen: () => "Frozen until you change it.", running: (clock) => `Runs ${clock.rate} times as fast as the clock of the machine.` };

export async function clock(view, { changed, signal }) {
  const time = el("div", { class: "time" }), words = el("p", { class: "soft" });
  const moment = el("input", { type: "datetime-local", step: 1, "aria-label": "A time in UTC" });
  const rate = el("input", { type: "number", min: 0.001, step: "any", value: 60, "aria-label": "Rate", size: 6 });
  const step = el("input", { value: "1s", "aria-label": "Step", size: 6 });
  const show = (values) => {
    time.textContent = values.now.slice(0, 19).replace("T", "  ");
    words.textContent = WORDS[values.mode](values);
    if (document.activeElement !== moment) moment.value = values.now.slice(0, 19);
  };
  const act = (method, path, body, done) => tried(async () => { show(await ask(method, path, body)); changed(); }, done);
  const button = (text, ...values) => el("button", { type: "button", onclick: () => act(...values) }, text);
  view.append(
    el("section", { class: "card" }, time, words,
      el("div", { class: "bar" }, [["1 minute", "1m"], ["1 hour", "1h"], ["1 day", "1d"], ["1 week", "1w"], ["30 days", "30d"]].map(([text, by]) => button(`+ ${text}`, "POST", "/clock/advance", { by }, `Advanced by ${text}.`))),
      el("p", { class: "soft small" }, "Scheduled events until the new time run in order; tokens expire and rate limits are refilled.")),
    el("div", { class: "cards" },
      el("section", { class: "card" }, el("h2", {}, "Pace"), el("div", { class: "bar" }, button("Freeze", "POST", "/clock/freeze", undefined, "Frozen."), button("Resume", "POST", "/clock/resume", undefined, "Resumed.")),
        el("div", { class: "bar" }, el("button", { type: "button", onclick: () => act("POST", "/clock/resume", { rate: Number(rate.value) }, "The clock runs.") }, "Run"), rate, "times as fast"),
        el("div", { class: "bar" }, el("button", { type: "button", onclick: () => act("POST", "/clock/resume", { step: step.value }, "The clock advances with each request.") }, "Step"), step, "with each request")),
      el("section", { class: "card" }, el("h2", {}, "Set the time"), el("div", { class: "bar" }, moment, "UTC", el("button", { class: "first", type: "button", onclick: () => act("PUT", "/clock", { now: `${moment.value}${moment.value.length < 17 ? ":00" : ""}Z` }, "Set.") }, "Set")),
        el("p", { class: "soft small" }, "Setting the clock back does not undo anything."))));
  show(await ask("GET", "/clock"));
  const timer = setInterval(() => ask("GET", "/clock").then(show, () => {}), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
