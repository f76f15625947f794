// Which record a request is about, and which records refer to one another.
import { constant, get, segment } from "./api.js";

const MOST_TYPES = 60; // types whose relations are read to find what refers to a record

/** Return the types: { name, api, records }; the number is null if their records are not generated yet. */
export const types = () => get("/records", { generate: false });

/** Whether a change is of a type: changes have the full names of the types of handlers. */
export const isOfType = (change, type) => change.type === type || (!change.type.includes(" ") && change.type.split(".").at(-1) === type);

/** Return the description of a type: its schema, identity, relations and the types below it. */
export const describe = (name) => constant(`/types/${segment(name)}`);

/** Return all records of a type, in pages. */
export async function recordsOf(type, most = 10_000) {
  const found = [];
  for (let after; found.length < most;) {
    const page = await get(`/records/${segment(type)}`, { limit: 1000, after });
    found.push(...page);
    if (page.length < 1000) break;
    after = page.at(-1).key;
  }
  return found;
}

/** Return the type and the key of the record that an entry is about; null if none exists. */
export async function findRecord(entry) {
  const values = [...Object.values(entry.parameters.path ?? {}).reverse(), ...identifiers(entry.response), ...identifiers(entry.request)].map(String);
  const steps = entry.template.split("/").filter((step) => step && !step.startsWith("{")).map((step) => step.toLowerCase());
  const known = await types();
  const near = (type) => {
    const name = type.name.split(/[/. ]/).at(-1).toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    const at = steps.findLastIndex((step) => { const plain = step.replaceAll(/[^a-z0-9]/g, ""); return plain === name || plain === `${name}s` || `${plain}s` === name || plain.replace(/s$/, "") === name.replace(/s$/, "") || name.endsWith(plain.replace(/s$/, "")); });
    return (type.api && type.api !== entry.api ? -100 : 0) + (at < 0 ? -10 : at);
  };
  const ordered = known.filter((type) => type.records !== 0).sort((one, other) => near(other) - near(one)).slice(0, 20);
  for (const value of values) {
    for (const type of ordered) {
      const record = await get(`/records/${segment(type.name)}/${segment(value)}`).catch(() => null);
      if (record) return record;
    }
  }
  return null;
}

/** Yield the identifiers in the body of a message: `id` at the top, and one level below. */
function identifiers(message) {
  if (message.form !== "json" || message.body === null || typeof message.body !== "object") return [];
  const own = (value) => Object.entries(value).filter(([name, held]) => /^(id|uuid|gid|key|name|slug)$/i.test(name) && (typeof held === "string" || typeof held === "number") && held !== "").map(([, held]) => held);
  if (Array.isArray(message.body)) return [];
  return [...own(message.body), ...Object.values(message.body).filter((value) => value && typeof value === "object" && !Array.isArray(value)).flatMap(own)];
}

/** Return the records that a record refers to: { member, pointer, type, key, exists }. */
export async function outgoing(type, value) {
  const { relations } = await describe(type);
  const found = [];
  for (const { member, type: target } of relations) {
    const held = value?.[member];
    const all = (Array.isArray(held) ? held : [held]).map((one, index) => [one, Array.isArray(held) ? `/${member}/${index}` : `/${member}`]);
    const { identity } = await describe(target).catch(() => ({ identity: [] }));
    for (const [one, pointer] of all) {
      const key = one !== null && typeof one === "object" ? identity.reduce((part, name) => part?.[name], one) : one;
      if (key !== null && key !== undefined && key !== "") found.push({ member, pointer: typeof one === "object" ? `${pointer}/${identity.join("/")}` : pointer, type: target, key: String(key) });
    }
  }
  return found;
}

/** Return the records that refer to a record: { type, member, keys }. */
export async function incoming(type, key) {
  const all = (await types()).filter((one) => one.records !== 0);
  const own = all.find((one) => one.name === type);
  const near = all.filter((one) => one.api === own?.api).slice(0, MOST_TYPES);
  const found = [];
  for (const other of near) {
    const { relations, identity } = await describe(other.name).catch(() => ({ relations: [], identity: [] }));
    for (const { member } of relations.filter((one) => one.type === type)) {
      const records = await recordsOf(other.name, 1000);
      const names = (held) => (held !== null && typeof held === "object" ? Object.values(held).some((part) => String(part) === key) : String(held) === key);
      const keys = records.filter(({ value }) => (Array.isArray(value?.[member]) ? value[member].some(names) : names(value?.[member]))).map((record) => record.key);
      if (keys.length) found.push({ type: other.name, member, keys, identity });
    }
  }
  return found;
}
