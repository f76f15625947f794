// A world of its own for each test: copy this file, and import `test` from it instead of from Playwright.
import { test as base, expect } from "@playwright/test";

const URL = process.env.LOCUM_URL ?? "http://127.0.0.1:4010";
const TOKEN = process.env.LOCUM_CONTROL_TOKEN;

/** One world of a running locum, as a test sees it: records, clock, faults, journal. */
export class World {
  constructor(name) {
    this.name = name;
    this.url = URL;
  }

  /** Ask one operation of the control API; see /__locum/docs/control/. */
  async ask(method, path, body, query = {}) {
    const target = `${URL}/__locum${path}?${new URLSearchParams({ world: this.name, ...query })}`;
    const headers = { "Content-Type": "application/json", ...(TOKEN && { Authorization: `Bearer ${TOKEN}` }) };
    const answer = await fetch(target, { method, headers, body: body && JSON.stringify(body) });
    const told = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error(`locum: ${told.detail}`);
    return told;
  }

  create(options = {}) { return this.ask("POST", "/worlds", { name: this.name, ...options }); }
  reset() { return this.ask("POST", `/worlds/${this.name}/reset`); }
  restore(fixture) { return this.ask("POST", `/worlds/${this.name}/restore`, { fixture }); }
  changes() { return this.ask("GET", `/worlds/${this.name}/changes`); }
  drop() { return this.ask("DELETE", `/worlds/${this.name}`); }
  advance(by) { return this.ask("POST", "/clock/advance", { by }); }
  freeze() { return this.ask("POST", "/clock/freeze"); }
  fault(text) { return this.ask("POST", "/faults", { text }); }
  journal(filters = {}) { return this.ask("GET", "/journal", undefined, filters); }

  /** A bearer token for somebody who can sign in; the first one by default. */
  async token(wish = {}) { return (await this.ask("POST", "/tokens", wish)).access_token; }

  /** Fail, in a sentence, unless the world was asked what is expected: `await world.verify("deleteApiKey once")`. */
  async verify(...expected) {
    const rules = typeof expected.at(-1) === "object" && !expected.at(-1).operation ? expected.pop() : {};
    const verdict = await this.ask("POST", "/verifications", { expect: expected, ...rules });
    expect(verdict.failures.map((failure) => failure.sentence)).toEqual([]);
  }
}

export const test = base.extend({
  world: async ({ context }, use, info) => {
    const title = info.title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
    const world = new World(`${title}-${info.testId.slice(-8)}-${info.repeatEachIndex}-${info.retry}`);
    await world.create();
    // Whatever this test's pages ask, they ask in this world.
    await context.setExtraHTTPHeaders({ "X-Locum-World": world.name });
    await use(world);
    await world.drop();
  },
});

export { expect };
