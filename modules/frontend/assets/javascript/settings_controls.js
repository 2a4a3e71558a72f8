// The control of one setting, whatever its kind: what it looks like, what it says, and how it is set.

import { element } from "./dom.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Each maker returns { parts, get, set }: the elements in order, and the value in them.

function checkbox({ key }) {
  const box = element("input", { type: "checkbox", id: `control_${key}` });
  return { parts: [box], get: () => box.checked, set: (value) => void (box.checked = Boolean(value)) };
}

function radio({ key, entries }) {
  const group = element("div", { class: "choices", role: "radiogroup" });
  for (const entry of entries) {
    const label = element("label");
    label.append(element("input", { type: "radio", name: `control_${key}`, value: entry }), element("span", {}, entry));
    group.append(label);
  }
  const inputs = [...group.querySelectorAll("input")];
  return {
    parts: [group],
    get: () => inputs.find((input) => input.checked)?.value ?? null,
    set: (value) => inputs.forEach((input) => (input.checked = input.value === String(value))),
  };
}

function checkboxes({ entries = [], value }) {
  const group = element("div", { class: "choices", role: "group" });
  for (const entry of new Set([...entries, ...value])) {
    const label = element("label");
    label.append(element("input", { type: "checkbox", value: entry }), element("span", {}, entry));
    group.append(label);
  }
  const inputs = [...group.querySelectorAll("input")];
  return {
    parts: [group],
    get: () => inputs.filter((input) => input.checked).map((input) => input.value),
    set: (chosen) => inputs.forEach((input) => (input.checked = chosen.includes(input.value))),
  };
}

function menu({ key, entries }) {
  const select = element("select", { id: `control_${key}` });
  for (const entry of entries) select.append(element("option", { value: entry }, entry));
  return { parts: [select], get: () => select.value, set: (value) => void (select.value = value) };
}

function suggestions(key, entries) {
  const list = element("datalist", { id: `entries_${key}` });
  for (const entry of entries) list.append(element("option", { value: entry }));
  return list;
}

function text({ key, entries }) {
  const box = element("input", { type: "text", id: `control_${key}`, autocomplete: "off", spellcheck: "false" });
  const parts = [box];
  if (entries) {
    box.setAttribute("list", `entries_${key}`);
    parts.push(suggestions(key, entries));
  }
  return { parts, get: () => box.value, set: (value) => void (box.value = value ?? "") };
}

function numberBox(key, whole) {
  return element("input", { type: "number", id: `control_${key}`, step: whole ? "1" : "any" });
}

// What is no number, as an empty field, goes to the server as it is, which says what it wants.
const readNumber = (box) => (box.value.trim() === "" || Number.isNaN(Number(box.value)) ? box.value : Number(box.value));

function number({ key, whole }) {
  const box = numberBox(key, whole);
  return { parts: [box], get: () => readNumber(box), set: (value) => void (box.value = value) };
}

function slider({ key, whole, limits, label }) {
  const [minimum, maximum, step] = limits;
  const box = numberBox(key, whole);
  const range = element("input", { type: "range", min: minimum, max: maximum, step, "aria-label": label });
  const fill = () => range.style.setProperty("--range_progress", `${((range.value - minimum) / (maximum - minimum)) * 100}%`);
  range.addEventListener("input", () => {
    box.value = range.value;
    fill();
  });
  box.addEventListener("input", () => {
    range.value = box.value;
    fill();
  });
  const parts = [element("div", { class: "slider_input_container" }), box];
  parts[0].append(range);
  return {
    parts,
    get: () => readNumber(box),
    set: (value) => {
      box.value = range.value = value;
      fill();
    },
  };
}

function color({ key }) {
  const box = element("input", { type: "text", id: `control_${key}`, spellcheck: "false", maxlength: "40" });
  const swatch = element("input", { type: "color", "aria-label": "Choose a colour" });
  const show = () => {
    if (/^#[0-9a-f]{6}$/i.test(box.value)) swatch.value = box.value;
  };
  swatch.addEventListener("input", () => (box.value = swatch.value));
  box.addEventListener("input", show);
  return {
    parts: [swatch, box],
    get: () => box.value,
    set: (value) => {
      box.value = value;
      show();
    },
  };
}

// Entries as tags: typed or picked at the end, taken out by their cross, dragged into another order.
function several({ key, entries = [] }) {
  const frame = element("div", { class: "tags" });
  const box = element("input", { type: "text", id: `control_${key}`, autocomplete: "off", placeholder: "Add…" });
  box.setAttribute("list", `entries_${key}`);
  frame.append(box);
  const chosen = () => [...frame.querySelectorAll(".tag")].map((tag) => tag.dataset.value);
  const changed = () => frame.dispatchEvent(new Event("change", { bubbles: true }));

  function tag(value) {
    const made = element("span", { class: "tag", draggable: "true" }, value);
    made.dataset.value = value;
    const remove = element("button", { type: "button", "aria-label": `Remove ${value}`, title: "Remove" }, "×");
    remove.addEventListener("click", () => {
      made.remove();
      changed();
    });
    made.append(remove);
    return made;
  }

  function add() {
    const value = box.value.trim();
    box.value = "";
    if (!value || chosen().includes(value)) return;
    box.before(tag(value));
    changed();
  }
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !box.value) {
      box.previousElementSibling?.remove();
      changed();
    }
  });
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    if (entries.includes(box.value) && event.inputType !== "insertText" && event.inputType !== "deleteContentBackward") add();
  });
  box.addEventListener("change", (event) => {
    event.stopPropagation();
    add();
  });
  let dragged = null;
  frame.addEventListener("dragstart", (event) => (dragged = event.target.closest(".tag")));
  frame.addEventListener("dragover", (event) => {
    const over = event.target.closest(".tag");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const tags = [...frame.querySelectorAll(".tag")];
    if (tags.indexOf(dragged) < tags.indexOf(over)) over.after(dragged);
    else over.before(dragged);
  });
  frame.addEventListener("dragend", () => {
    dragged = null;
    changed();
  });
  return {
    parts: [frame, suggestions(key, entries)],
    get: chosen,
    set: (values) => {
      for (const old of frame.querySelectorAll(".tag")) old.remove();
      for (const value of values) box.before(tag(String(value)));
    },
  };
}

const MAKERS = { checkbox, radio, checkboxes, menu, text, number, slider, color, several };

function badge(words, title) {
  return element("span", { class: "badge", title }, words);
}

// One row of a page. `onChange` is called after each change by hand.
export function createSetting(setting, onChange) {
  const { key, label, control, help, why, reload, frozen } = setting;
  const row = element("div", { class: `setting kind-${control}`, id: `setting_${key}` });
  if (control === "html") {
    row.append(element("p", { class: "quiet" }, setting.value));
    return { key, row, html: true };
  }
  const made = MAKERS[control](setting);
  const name = element("label", { for: `control_${key}`, title: key }, label);
  const head = element("div", { class: "setting-label" });
  head.append(name);
  if (reload) head.append(badge("reload", "Takes effect after Reload UI"));
  if (frozen) head.append(badge("frozen", "A launch flag forbids to change it"));
  const reset = element("button", { type: "button", class: "reset", title: `Back to the default`, "aria-label": `Set ${label} back to its default` });
  const field = element("div", { class: "setting-control" });
  field.append(...made.parts, reset);
  const said = element("p", { class: "quiet" });
  said.append(help ?? "", " ", why ?? "");
  said.append(element("code", {}, key));
  row.append(head, field, said);
  row.classList.toggle("without-effect", Boolean(why));
  if (frozen) for (const input of row.querySelectorAll("input, select, button")) input.disabled = true;

  let saved = setting.value;
  const entry = {
    key,
    row,
    get: made.get,
    changed: () => !same(made.get(), saved),
    mark: () => {
      row.classList.toggle("changed", entry.changed());
      reset.classList.toggle("shown", !same(made.get(), setting.default));
    },
    // The value that is in force now; a change by hand that is not applied yet stays.
    arrived: (value) => {
      const untouched = !entry.changed();
      saved = value;
      if (untouched) made.set(value);
      entry.mark();
    },
  };
  const changed = () => {
    entry.mark();
    onChange(entry);
  };
  reset.addEventListener("click", () => {
    made.set(setting.default);
    changed();
  });
  for (const kind of ["input", "change"]) field.addEventListener(kind, changed);
  made.set(saved);
  saved = made.get(); // as the control writes it, so that nothing counts as changed at first
  entry.mark();
  return entry;
}
