// The clock of a world, large enough to read, and what moves it.
import { ask } from "./api.js";
import { el, tried } from "./dom.js";

const WORDS = { stepping: (clock) => `It moves by ${clock.step} s with each request.`, frozen: () => "It stands still, until you move it.", running: (clock) => `It runs ${clock.rate} times as fast as yours.` };

export async function clock(view, { changed, signal }) {
  const time = el("div", { class: "time" }), words = el("p", { class: "soft" });
  const moment = el("input", { type: "datetime-local", step: 1, "aria-label": "A moment in UTC" });
  const rate = el("input", { type: "number", min: 0.001, step: "any", value: 60, "aria-label": "Rate", size: 6 });
  const step = el("input", { value: "1s", "aria-label": "Step", size: 6 });
  const show = (told) => {
    time.textContent = told.now.slice(0, 19).replace("T", "  ");
    words.textContent = WORDS[told.mode](told);
    if (document.activeElement !== moment) moment.value = told.now.slice(0, 19);
  };
  const act = (method, path, body, done) => tried(async () => { show(await ask(method, path, body)); changed(); }, done);
  const button = (text, ...told) => el("button", { type: "button", onclick: () => act(...told) }, text);
  view.append(
    el("section", { class: "card" }, time, words,
      el("div", { class: "bar" }, [["1 minute", "1m"], ["1 hour", "1h"], ["1 day", "1d"], ["1 week", "1w"], ["30 days", "30d"]].map(([text, by]) => button(`+ ${text}`, "POST", "/clock/advance", { by }, `${text} later.`))),
      el("p", { class: "soft small" }, "What falls due on the way happens, in order: schedules fire, tokens expire, limits fill up again.")),
    el("div", { class: "cards" },
      el("section", { class: "card" }, el("h2", {}, "Pace"), el("div", { class: "bar" }, button("Freeze", "POST", "/clock/freeze", undefined, "It stands still."), button("Resume", "POST", "/clock/resume", undefined, "It goes on.")),
        el("div", { class: "bar" }, el("button", { type: "button", onclick: () => act("POST", "/clock/resume", { rate: Number(rate.value) }, "It runs.") }, "Run"), rate, "times as fast"),
        el("div", { class: "bar" }, el("button", { type: "button", onclick: () => act("POST", "/clock/resume", { step: step.value }, "It steps.") }, "Step"), step, "with each request")),
      el("section", { class: "card" }, el("h2", {}, "Set to a moment"), el("div", { class: "bar" }, moment, "UTC", el("button", { class: "first", type: "button", onclick: () => act("PUT", "/clock", { now: `${moment.value}${moment.value.length < 17 ? ":00" : ""}Z` }, "Set.") }, "Set")),
        el("p", { class: "soft small" }, "To a past moment it just moves: nothing is undone."))));
  show(await ask("GET", "/clock"));
  const timer = setInterval(() => ask("GET", "/clock").then(show, () => {}), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
