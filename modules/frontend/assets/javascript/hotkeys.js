// Which keys do what. Each can be set: a text such as "Ctrl+Enter"; an empty one turns it off.

import { state } from "./lifecycle.js";

const NAMES = { up: "arrowup", down: "arrowdown", left: "arrowleft", right: "arrowright", esc: "escape", space: " " };
const MODIFIERS = ["ctrl", "alt", "shift"];

export function readHotkey(text) {
  const keys = String(text ?? "").toLowerCase().split("+").map((key) => key.trim()).filter(Boolean);
  const key = keys.filter((name) => !MODIFIERS.includes(name)).pop();
  if (!key) return null;
  return { key: NAMES[key] ?? key, ...Object.fromEntries(MODIFIERS.map((name) => [name, keys.includes(name)])) };
}

// Ctrl is Command on a Mac as well.
export function isHotkey(event, name) {
  const wanted = readHotkey(state.opts[`hotkey_${name}`]);
  return Boolean(wanted) && event.key.toLowerCase() === wanted.key
    && (event.ctrlKey || event.metaKey) === wanted.ctrl && event.altKey === wanted.alt && event.shiftKey === wanted.shift;
}
