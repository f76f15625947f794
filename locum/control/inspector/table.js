// A table of any number of rows: only those in view are elements. Columns sort, arrow keys select, Enter opens.
import { el } from "./dom.js";

const BEYOND = 8; // rows above and below the view

/**
 * Create a table. `columns` are { title, width, render(row), sort?, narrow?, number? }; `key(row)` identifies a row.
 * `narrow(row)` renders a row as two lines where the table is less than `narrowBelow` pixels wide.
 */
export function virtualTable({ label, columns, key, onopen, onselect, rowHeight = 32, narrow, narrowBelow = 560, narrowHeight = 52, rowClass, empty, sorting = null }) {
  let rows = [], ordered = [], selected = null, height = rowHeight, isNarrow = false, order = sorting, frame = 0;
  const head = el("div", { class: "vt-head", role: "row", "aria-rowindex": "1" });
  const body = el("div", { class: "vt-body", role: "rowgroup" });
  const grid = el("div", { class: "vt", role: "grid", "aria-label": label, tabindex: "0" }, el("div", { role: "rowgroup", class: "vt-top" }, head), body);
  const none = el("div", { class: "vt-empty", hidden: true });
  const element = el("div", { class: "vt-box" }, grid, none);
  const template = columns.map((column) => column.width ?? "minmax(6rem, 1fr)").join(" ");
  grid.style.setProperty("--columns", template);
  const id = `vt-${++virtualTable.count}`;

  function drawHead() {
    head.replaceChildren(...columns.map((column, index) => {
      const direction = order?.index === index ? (order.down ? "descending" : "ascending") : null;
      const cell = el("div", { role: "columnheader", "aria-sort": direction, class: column.number ? "number" : "" });
      cell.append(column.sort ? el("button", { type: "button", class: "vt-sort", onclick: () => sortBy(index) }, column.title, direction && el("span", { "aria-hidden": "true" }, order.down ? " ↓" : " ↑")) : el("span", {}, column.title));
      return cell;
    }));
    head.hidden = isNarrow;
  }
  function sortBy(index) {
    order = order?.index !== index ? { index, down: false } : order.down ? null : { index, down: true };
    arrange();
    drawHead();
    draw();
  }
  function arrange() {
    ordered = rows;
    const value = order && columns[order.index].sort;
    if (value) ordered = [...rows].sort((one, other) => compare(value(one), value(other)) * (order.down ? -1 : 1));
  }
  const top = () => (isNarrow ? 0 : head.offsetHeight || 30);
  function draw() {
    frame = 0;
    const from = Math.max(0, Math.floor((grid.scrollTop - top()) / height) - BEYOND);
    const to = Math.min(ordered.length, Math.ceil((grid.scrollTop + grid.clientHeight) / height) + BEYOND);
    body.style.height = `${ordered.length * height}px`;
    grid.setAttribute("aria-rowcount", ordered.length + 1);
    const made = [];
    for (let index = from; index < to; index++) made.push(rowOf(ordered[index], index));
    body.replaceChildren(...made);
    if (selected !== null && made.some((one) => one.id === `${id}-${selected}`)) grid.setAttribute("aria-activedescendant", `${id}-${selected}`);
    else grid.removeAttribute("aria-activedescendant");
    none.hidden = ordered.length > 0;
    if (!ordered.length) none.replaceChildren(empty?.() ?? "Nothing to show.");
    grid.hidden = !ordered.length;
  }
  function rowOf(row, index) {
    const name = key(row);
    const made = el("div", {
      role: "row", id: `${id}-${name}`, class: `vt-row ${rowClass?.(row) ?? ""}`, "aria-rowindex": index + 2, "aria-selected": String(name === selected),
      dataset: { key: name }, onclick: (event) => { if (!event.target.closest("button, a")) open(index); },
    });
    made.style.transform = `translateY(${index * height}px)`;
    made.style.height = `${height}px`;
    if (isNarrow && narrow) made.append(el("div", { role: "gridcell", class: "vt-narrow" }, narrow(row)));
    else made.append(...columns.map((column) => el("div", { role: "gridcell", class: column.number ? "number" : column.class ?? "" }, column.render(row))));
    return made;
  }
  const soon = () => { frame ||= requestAnimationFrame(draw); };
  const at = () => ordered.findIndex((row) => key(row) === selected);
  function show(index) {
    const place = index * height, view = grid.clientHeight - top();
    if (place < grid.scrollTop) grid.scrollTop = place;
    else if (place + height > grid.scrollTop + view) grid.scrollTop = place + height - view;
  }
  function choose(index) {
    if (!ordered.length) return;
    const bounded = Math.max(0, Math.min(index, ordered.length - 1));
    selected = key(ordered[bounded]);
    show(bounded);
    draw();
    onselect?.(ordered[bounded]);
  }
  function open(index) {
    choose(index);
    onopen?.(ordered[Math.max(0, Math.min(index, ordered.length - 1))]);
  }
  function move(by) {
    const now = at();
    choose(now < 0 ? (by > 0 ? 0 : ordered.length - 1) : now + by);
  }
  grid.addEventListener("scroll", soon, { passive: true });
  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(grid.clientHeight / height) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (by) move(by);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(ordered.length - 1);
    else if (event.key === "Enter" && at() >= 0) onopen?.(ordered[at()]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(() => {
    if (!element.clientWidth) return;
    const now = Boolean(narrow) && element.clientWidth < narrowBelow;
    if (now !== isNarrow || !head.firstChild) {
      isNarrow = now;
      height = now ? narrowHeight : rowHeight;
      element.classList.toggle("narrow", now);
      drawHead();
    }
    soon();
  }).observe(element);
  drawHead();

  return {
    element,
    grid,
    /** Show these rows. With `stay`, what is in view stays in view though rows were added above. */
    set(now, { stay = false } = {}) {
      const first = stay && grid.scrollTop > 0 && ordered.length ? key(ordered[Math.min(ordered.length - 1, Math.floor(grid.scrollTop / height))]) : null;
      const before = first === null ? 0 : ordered.findIndex((row) => key(row) === first);
      rows = now;
      arrange();
      grid.hidden = !ordered.length;
      body.style.height = `${ordered.length * height}px`;
      if (first !== null) {
        const after = ordered.findIndex((row) => key(row) === first);
        if (after > before) grid.scrollTop += (after - before) * height;
      }
      draw();
    },
    draw: soon,
    drawNow: draw,
    get rows() { return ordered; },
    get atTop() { return grid.scrollTop < height; },
    toTop() { grid.scrollTop = 0; },
    get selected() { return ordered[at()]; },
    /** Select a row by its key without opening it; null selects none. */
    select(name) {
      selected = name;
      const index = at();
      if (index >= 0) show(index);
      draw();
    },
    move,
    openSelected() { const index = at(); open(index < 0 ? 0 : index); },
  };
}
virtualTable.count = 0;

function compare(one, other) {
  if (one === other) return 0;
  if (one === undefined || one === null) return 1;
  if (other === undefined || other === null) return -1;
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}
