// One request's whole story: what was asked and answered, and how that was decided.
import { ask } from "./api.js";
import { copy, el, pretty } from "./dom.js";

export async function story(entry, close) {
  const curl = await ask("GET", `/journal/${entry.number}/curl`).catch(() => "");
  return el("article", { class: "card" },
    el("div", { class: "bar" }, el("h1", { class: "wrap" }, el("span", { class: `s${String(entry.status)[0]}` }, entry.status || "No answer"), ` ${entry.method} `, el("span", { class: "mono" }, entry.path)),
      el("button", { class: "push", type: "button", onclick: close, "aria-label": "Close (Esc)" }, "✕")),
    el("div", { class: "bar small" }, el("span", { class: "tag" }, entry.operation || "no operation"), entry.api && el("span", { class: "tag" }, entry.api),
      entry.verdict && el("span", { class: "tag warn" }, entry.verdict), entry.fault && el("span", { class: "tag bad" }, `⚡ ${entry.fault}`),
      el("span", { class: "soft push" }, `no. ${entry.number} · ${entry.at.replace("T", " ").replace("Z", "")} · ${(entry.microseconds / 1000).toFixed(2)} ms`)),
    section("Why", el("ol", { class: "trace" }, entry.trace.map((said) => el("li", { class: /refused|failed|hit by|not declared/.test(said) && "stop" }, said)))),
    entry.near.length > 0 && section("What nearly matched", el("ul", {}, entry.near.map((said) => el("li", {}, said)))),
    entry.violations.length > 0 && section("Broken rules", el("table", {}, el("tr", {}, ["Where", "Rule", "What"].map((title) => el("th", {}, title))),
      entry.violations.map((found) => el("tr", {}, el("td", { class: "mono" }, found.location + found.pointer), el("td", { class: "mono" }, found.keyword), el("td", {}, found.message))))),
    section("Request", message(entry.request)), section("Answer", message(entry.answer)),
    curl && section("Ask it again", el("pre", {}, curl.trim()), el("div", { class: "bar" }, el("button", { type: "button", onclick: () => copy(curl, "The curl line") }, "Copy as curl"))));
}

const section = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);

function message(told) {
  const headers = Object.entries(told.headers);
  return [
    told.body !== null && el("pre", {}, pretty(told.body)),
    told.form !== "json" && told.form !== "none" && el("p", { class: "soft small" }, `The body is shown as ${told.form}${told.cut ? ", and only its beginning" : ""}; it had ${told.size} bytes.`),
    el("details", {}, el("summary", {}, `${headers.length} headers`), el("dl", { class: "small mono" }, headers.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))),
  ];
}
