// Worlds: the list, and actions on the selected world.
import { ask, here } from "./api.js";
import { el, pretty, sure, tried } from "./dom.js";

export async function worlds(view, { enter, refresh }) {
  const path = () => `/worlds/${encodeURIComponent(here.world)}`;
  const [all, fixtures, changes] = await Promise.all([ask("GET", "/worlds"), ask("GET", "/fixtures"), ask("GET", `${path()}/changes`).catch(() => [])]);
  const act = (what, done) => tried(async () => { await what(); await refresh(); }, done);

  const name = el("input", { required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", placeholder: "checkout-test", size: 18 });
  const seed = el("input", { type: "number", min: 0, placeholder: "0", size: 6 });
  const fixture = el("select", {}, el("option", { value: "" }, "the seed data"), fixtures.map((one) => el("option", { value: one.name }, one.name)));
  const make = el("form", { onsubmit: (event) => { event.preventDefault(); act(async () => {
    await ask("POST", "/worlds", { name: name.value, ...(seed.value && !fixture.value && { seed: Number(seed.value) }), ...(fixture.value && { fixture: fixture.value }) });
    enter(name.value);
  }, `${name.value} created.`); } }, el("div", { class: "bar" }, el("label", {}, "Name", name), el("label", {}, "Starts with", fixture), el("label", {}, "Seed", seed), el("button", { class: "first" }, "Create a world")));

  const upload = el("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => act(async () => ask("PUT", `${path()}/snapshot`, JSON.parse(await upload.files[0].text())), "Restored.") });
  const into = el("input", { placeholder: `${here.world}-2`, "aria-label": "Name of the fork or fixture", size: 16 });
  const wanted = () => into.value || `${here.world}-2`;
  view.append(
    el("section", { class: "card" }, el("div", { class: "bar" }, el("h1", {}, here.world), el("span", { class: "soft" }, `${changes.length || "no"} changes since the start`)),
      el("div", { class: "bar" },
        el("button", { class: "first", type: "button", onclick: () => act(() => ask("POST", `${path()}/reset`), "World reset.") }, "Reset"),
        el("button", { type: "button", onclick: download }, "Snapshot"), upload, el("button", { type: "button", onclick: () => upload.click() }, "Restore a snapshot …"),
        into, el("button", { type: "button", onclick: () => act(async () => { await ask("POST", `${path()}/fork`, { into: wanted() }); enter(wanted()); }, `Forked into ${wanted()}.`) }, "Fork"),
        el("button", { type: "button", onclick: () => act(() => ask("PUT", `/fixtures/${encodeURIComponent(into.value || here.world)}`), "Saved as a fixture.") }, "Save as fixture"),
        el("button", { class: "danger push", type: "button", onclick: async () => { if (await sure(`Drop the world ${here.world}?`, "Drop world")) act(async () => { await ask("DELETE", path()); enter("default"); }, "Dropped."); } }, "Drop"))),
    el("section", { class: "card" }, el("h2", {}, "Changes"), changes.length ? changesOf(changes) : el("p", { class: "soft" }, "No changes yet.")),
    el("section", { class: "card" }, el("h2", {}, "All worlds"), el("div", { class: "scroll" }, el("table", {}, el("tr", {}, ["Name", "Seed", "Now", "Clock", "Requests", "Records", "Faults"].map((title) => el("th", {}, title))),
      all.map((world) => el("tr", {}, el("td", {}, el("button", { type: "button", "aria-pressed": world.name === here.world ? "true" : "false", onclick: () => enter(world.name) }, world.name)),
        el("td", { class: "number" }, world.seed), el("td", {}, world.clock.now.slice(0, 19).replace("T", " ")), el("td", {}, world.clock.mode), el("td", { class: "number" }, world.requests), el("td", { class: "number" }, world.records), el("td", { class: "number" }, world.faults))))), make),
    fixtures.length > 0 && el("section", { class: "card" }, el("h2", {}, "Fixtures"), el("div", { class: "bar" }, fixtures.map((one) =>
      el("button", { type: "button", title: `Restore this fixture in ${here.world}`, onclick: () => act(() => ask("POST", `${path()}/restore`, { fixture: one.name }), `${one.name} restored.`) }, one.name)))) || "");

  async function download() {
    await tried(async () => {
      const content = pretty(await ask("GET", `${path()}/snapshot`)) + "\n";
      const link = el("a", { href: URL.createObjectURL(new Blob([content], { type: "application/json" })), download: `${here.world}.json` });
      link.click();
      URL.revokeObjectURL(link.href);
    }, "Snapshot downloaded.");
  }
}

function brief(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function changesOf(changes) {
  return el("div", { class: "scroll" }, el("table", {}, changes.slice(0, 200).map((change) => el("tr", {},
    el("td", { class: `short ${{ added: "good", removed: "bad", changed: "warn" }[change.kind]}` }, change.kind), el("td", { class: "short" }, change.type.split(".").at(-1)), el("td", { class: "mono" }, change.key + change.pointer),
    el("td", { class: "mono small" }, change.pointer ? `${brief(change.before)} → ${brief(change.after)}` : el("details", {}, el("summary", {}, "the record"), el("pre", {}, pretty(change.after ?? change.before ?? null))))))));
}
