// A form made from a form schema: values of objects, lists and scalars are edited; anything else is edited as JSON.
import { button, el, pretty, select } from "./dom.js";

const LONG = 80; // characters; longer texts get several lines

const step = (pointer, name) => `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
const types = (schema) => (schema?.types ?? []).filter((one) => one !== "null");
const isNullable = (schema) => schema?.types?.includes("null");

/** Return a plausible value of a schema, for a member that is added. */
export function initial(schema) {
  if (schema?.const !== undefined) return schema.const;
  if (schema?.default !== undefined) return structuredClone(schema.default);
  if (schema?.enum?.length) return schema.enum[0];
  const [type] = types(schema);
  if (type === "object") return Object.fromEntries((schema.required ?? []).map((name) => [name, initial(schema.properties?.[name])]));
  return { array: [], boolean: false, integer: schema?.minimum ?? 0, number: schema?.minimum ?? 0, string: "" }[type] ?? null;
}

/** Return the schema that a value suggests, for records without a declared one. */
export function suggested(value) {
  if (value === null) return { types: ["null"] };
  if (Array.isArray(value)) return value.length && value.every((one) => typeof one === typeof value[0] && one !== null) ? { types: ["array"], items: suggested(value[0]) } : {};
  if (typeof value === "object") return { types: ["object"], properties: Object.fromEntries(Object.entries(value).map(([name, held]) => [name, suggested(held)])) };
  return { types: [typeof value === "number" ? (Number.isInteger(value) ? "integer" : "number") : typeof value] };
}

/** Create a form. `value` is read at any time; `mark` shows messages at pointers; `onchange` is called after each change. */
export function schemaForm(schema, start, { onchange = () => {}, changed = new Set(), hideReadOnly = false } = {}) {
  let value = structuredClone(start);
  const element = el("div", { class: "schema-form" });
  const set = (pointer, now) => { value = assigned(value, pointer.split("/").slice(1).map(plain), now); onchange(value); };
  const redraw = () => element.replaceChildren(part(schema, value, "", null, true));

  function part(of, held, pointer, name, required) {
    const [type] = types(of), single = types(of).length === 1;
    if (single && type === "object" && of.properties && isObject(held)) return object(of, held, pointer, name);
    if (single && type === "array" && of.items && Array.isArray(held)) return list(of, held, pointer, name);
    return scalar(of, held, pointer, name, required);
  }
  function object(of, held, pointer, name) {
    const names = [...new Set([...Object.keys(of.properties).filter((one) => one in held), ...Object.keys(held)])].filter((one) => !(hideReadOnly && of.properties[one]?.readOnly));
    const absent = Object.keys(of.properties).filter((one) => !(one in held) && !(hideReadOnly && of.properties[one].readOnly));
    const rows = names.map((one) => member(of.properties[one], held[one], step(pointer, one), one, of.required?.includes(one)));
    const adder = absent.length > 0 && select([["", `Add a member (${absent.length})`], ...absent], "", {
      class: "adder", "aria-label": `Add a member${name ? ` to ${name}` : ""}`,
      onchange: (event) => { const one = event.target.value; if (one) { set(step(pointer, one), initial(of.properties[one])); redraw(); element.querySelector(`[data-pointer="${CSS.escape(step(pointer, one))}"]`)?.focus(); } },
    });
    return name === null ? el("div", { class: "members" }, rows, adder) : el("fieldset", {}, el("legend", {}, name), rows, adder);
  }
  function member(of, held, pointer, name, required) {
    const inner = part(of ?? {}, held, pointer, name, required);
    const drop = !required && button("×", () => { set(pointer, undefined); redraw(); }, { class: "quiet drop", "aria-label": `Remove ${name}` });
    return el("div", { class: `member ${changed.has(pointer) ? "changed" : ""}` }, inner, drop);
  }
  function list(of, held, pointer, name) {
    const rows = held.map((item, index) => el("div", { class: "member" }, part(of.items, item, step(pointer, index), `${name ?? "item"} ${index + 1}`, true),
      button("×", () => { set(pointer, held.filter((_, at) => at !== index)); redraw(); }, { class: "quiet drop", "aria-label": `Remove item ${index + 1} of ${name ?? "the list"}` })));
    return el("fieldset", { dataset: { place: pointer } }, el("legend", {}, name ?? "Items"), rows,
      button("Add an item", () => { set(step(pointer, held.length), initial(of.items)); redraw(); }, { class: "small" }), error(pointer));
  }
  function scalar(of, held, pointer, name, required) {
    const id = `form-${++schemaForm.count}`, [type] = types(of), single = types(of).length === 1;
    const given = { id, dataset: { pointer }, "aria-describedby": `${id}-error`, "aria-required": required ? "true" : null };
    let input;
    if (of?.enum && (held === undefined || of.enum.some((one) => one === held))) {
      input = select(of.enum.map((one) => [JSON.stringify(one), String(one)]), JSON.stringify(held), { ...given, onchange: (event) => set(pointer, JSON.parse(event.target.value)) });
    } else if (single && type === "boolean" && typeof held === "boolean") {
      input = select([["true", "true"], ["false", "false"]], String(held), { ...given, onchange: (event) => set(pointer, event.target.value === "true") });
    } else if (single && (type === "integer" || type === "number") && typeof held === "number") {
      input = el("input", { ...given, type: "number", step: type === "integer" ? 1 : "any", value: held, min: of.minimum, max: of.maximum, oninput: (event) => set(pointer, event.target.value === "" ? null : Number(event.target.value)) });
    } else if (single && type === "string" && typeof held === "string") {
      const long = held.length > LONG || held.includes("\n");
      input = el(long ? "textarea" : "input", { ...given, class: long ? "text" : "", value: held, spellcheck: "false", autocomplete: "off", placeholder: of.format ?? null, oninput: (event) => set(pointer, event.target.value) });
    } else {
      input = el("textarea", { ...given, class: "code", spellcheck: "false", value: held === undefined ? "" : pretty2(held), rows: Math.min(8, pretty2(held ?? null).split("\n").length), oninput: (event) => {
        try { set(pointer, JSON.parse(event.target.value)); show(pointer, ""); } catch (problem) { show(pointer, `Not JSON: ${problem.message}`); }
      } });
    }
    const canBeNull = isNullable(of) && held !== null && input.tagName !== "TEXTAREA" && button("null", () => { set(pointer, null); redraw(); }, { class: "quiet small", "aria-label": `Set ${name ?? "the value"} to null` });
    const hint = [of?.readOnly && "read-only", of?.writeOnly && "write-only", of?.format, of?.deprecated && "deprecated"].filter(Boolean).join(", ");
    return el("div", { class: "field", dataset: { place: pointer } },
      el("div", { class: "bar tight" }, el("label", { for: id }, name ?? "Value", required && el("span", { class: "bad", "aria-hidden": "true" }, " *")), hint && el("span", { class: "soft small" }, hint), canBeNull),
      input, of?.description && el("p", { class: "soft small clamp", title: of.description }, of.description), error(pointer, id));
  }
  const error = (pointer, id) => el("p", { class: "bad small", id: id && `${id}-error`, dataset: { error: pointer }, hidden: true, role: "alert" });
  function show(pointer, message) {
    let place = pointer;
    let box = element.querySelector(`[data-error="${CSS.escape(place)}"]`);
    while (!box && place) {
      place = place.replace(/\/[^/]*$/, "");
      box = element.querySelector(`[data-error="${CSS.escape(place)}"]`);
    }
    box ??= element.querySelector(".form-error") ?? element.insertAdjacentElement("afterbegin", el("p", { class: "bad small form-error", role: "alert", dataset: { error: "" } }));
    const named = pointer === place ? message : `${pointer.slice(1).replaceAll("/", ".")}: ${message}`;
    box.textContent = box.hidden || !message ? named : `${box.textContent} ${named}`;
    box.hidden = !message;
  }
  redraw();
  return {
    element,
    get value() { return value; },
    set value(now) { value = structuredClone(now); redraw(); },
    /** Show messages at pointers; the former ones go. Focus the first. */
    mark(found) {
      for (const box of element.querySelectorAll("[data-error]")) { box.hidden = true; box.textContent = ""; }
      for (const { pointer, message } of found) show(pointer, message);
      if (found.length) element.querySelector(`[data-pointer="${CSS.escape(found[0].pointer)}"]`)?.focus();
    },
  };
}
schemaForm.count = 0;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const plain = (name) => name.replaceAll("~1", "/").replaceAll("~0", "~");
const pretty2 = (value) => (typeof value === "string" ? JSON.stringify(value) : pretty(value));

function assigned(value, path, now) {
  if (!path.length) return now;
  const [name, ...rest] = path;
  if (Array.isArray(value)) return Object.assign([...value], { [name]: assigned(value[name], rest, now) });
  const copied = { ...value };
  if (now === undefined && !rest.length) delete copied[name];
  else copied[name] = assigned(copied[name], rest, now);
  return copied;
}
