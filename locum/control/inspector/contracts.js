// The served contracts: their problems, their operations, and which declared responses were sent so far.
import { ask } from "./api.js";
import { copy, el, tried } from "./dom.js";

const few = 5; // up to this number, problems are shown without a click
const tones = { error: "bad", warning: "warn", info: "soft" };

/** List the problems of a document, errors first, in the order of the server. */
function problems(found) {
  if (!found.length) return null;
  const counts = Object.keys(tones).map((severity) => [severity, found.filter((one) => one.severity === severity).length]).filter(([, count]) => count);
  const title = counts.map(([severity, count]) => `${count} ${severity}${count > 1 && severity !== "info" ? "s" : ""}`).join(", ");
  return el("details", { class: "problems", open: found.length <= few }, el("summary", {}, `Problems of the document${found.length < 500 ? "" : ", the first 500"}: ${title}`),
    el("ul", {}, found.map((one) => el("li", {},
      el("span", { class: `tag ${tones[one.severity]}`, title: one.code }, one.severity), " ", el("span", {}, one.message), " ", el("span", { class: "soft" }, one.fallback),
      el("div", { class: "mono soft small" }, `${one.file}:${one.line}:${one.column} #${one.pointer}`)))));
}

export async function contracts(view) {
  const [all, operations, people] = await Promise.all([ask("GET", "/contracts"), ask("GET", "/operations"), ask("GET", "/people")]);
  const seen = (one, status) => Object.entries(one.answered).filter(([found]) => found === status || (status.endsWith("XX") && found[0] === status[0]) || status === "default").reduce((sum, [, count]) => sum + count, 0);
  view.append(el("section", { class: "card" }, el("h2", {}, "Sign in as"), el("div", { class: "bar" }, people.map((person) =>
    el("button", { type: "button", title: `${person.email || person.subject}, ${person.role}`, onclick: () => tried(async () => copy((await ask("POST", "/tokens", { user: person.subject, role: person.role, lifetime: "1d" })).access_token, `A token for ${person.name || person.subject}`)) },
      person.name || person.subject, " ", el("span", { class: "tag" }, person.role)))), el("p", { class: "soft small" }, "A click copies a bearer token for that user. It is valid for one day by the world's clock.")));
  for (const contract of all) {
    const own = operations.filter((one) => one.api === contract.name);
    const cells = own.flatMap((one) => one.statuses.map((status) => seen(one, status) > 0));
    const done = cells.filter(Boolean).length;
    view.append(el("section", { class: "card" },
      el("div", { class: "bar" }, el("h1", {}, contract.title), el("span", { class: "tag" }, contract.version), el("a", { href: `docs/${contract.name}/` }, "Try it"),
        el("span", { class: "push soft small" }, `${done} of ${cells.length} declared responses seen `), el("meter", { max: cells.length || 1, value: done })),
      contract.notes.map((note) => el("p", { class: "warn small" }, note)),
      problems(contract.problems),
      el("div", { class: "scroll" }, el("table", {}, own.map((one) => el("tr", {},
        el("td", { class: "method" }, one.method), el("td", {}, el("div", { class: "mono" }, one.path), el("div", { class: "soft small" }, one.summary || one.operation)),
        el("td", {}, el("span", { class: "tag" }, one.played_by === "handler" ? "handler" : "generated")),
        el("td", {}, el("div", { class: "cells" }, one.statuses.map((status) => { const count = seen(one, status); return el("span", { class: `cell ${count ? "seen" : ""}`, title: count ? `sent ${count} times` : "not seen yet" }, status); })))))))));
  }
}
