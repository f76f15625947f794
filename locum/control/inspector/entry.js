// One journal entry: the request, the response, and how the response was decided.
import { ask } from "./api.js";
import { copy, el, pretty } from "./dom.js";

export async function story(entry, close) {
  const curl = await ask("GET", `/journal/${entry.number}/curl`).catch(() => "");
  return el("article", { class: "card" },
    el("div", { class: "bar" }, el("h1", { class: "wrap" }, el("span", { class: `s${String(entry.status)[0]}` }, entry.status || "No response"), ` ${entry.method} `, el("span", { class: "mono" }, entry.path)),
      el("button", { class: "push", type: "button", onclick: close, "aria-label": "Close (Esc)" }, "✕")),
    el("div", { class: "bar small" }, el("span", { class: "tag" }, entry.operation || "no operation"), entry.api && el("span", { class: "tag" }, entry.api),
      entry.verdict && el("span", { class: "tag warn" }, entry.verdict), entry.fault && el("span", { class: "tag bad" }, `⚡ ${entry.fault}`),
      el("span", { class: "soft push" }, `no. ${entry.number} · ${entry.at.replace("T", " ").replace("Z", "")} · ${(entry.microseconds / 1000).toFixed(2)} ms`)),
    section("Why", el("ol", { class: "trace" }, entry.trace.map((line) => el("li", { class: /refused|failed|hit by|not declared/.test(line) && "stop" }, line)))),
    entry.near.length > 0 && section("Near misses", el("ul", {}, entry.near.map((line) => el("li", {}, line)))),
    entry.violations.length > 0 && section("Violations", el("table", {}, el("tr", {}, ["Location", "Rule", "Message"].map((title) => el("th", {}, title))),
      entry.violations.map((found) => el("tr", {}, el("td", { class: "mono" }, found.location + found.pointer), el("td", { class: "mono" }, found.keyword), el("td", {}, found.message))))),
    section("Request", message(entry.request)), section("Response", message(entry.answer)),
    curl && section("Repeat the request", el("pre", {}, curl.trim()), el("div", { class: "bar" }, el("button", { type: "button", onclick: () => copy(curl, "The curl command") }, "Copy as curl"))));
}

const section = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);

function message(part) {
  const headers = Object.entries(part.headers);
  return [
    part.body !== null && el("pre", {}, pretty(part.body)),
    part.form !== "json" && part.form !== "none" && el("p", { class: "soft small" }, `The body is shown as ${part.form}${part.cut ? ", truncated" : ""}; it had ${part.size} bytes.`),
    el("details", {}, el("summary", {}, `${headers.length} headers`), el("dl", { class: "small mono" }, headers.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))),
  ];
}
