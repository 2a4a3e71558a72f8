// Keeps what was typed and set in this browser tab over a reload or a restart of the server.

import { field } from "./dom.js";
import { TOKEN } from "./gradio_selectors.js";
import { state } from "./lifecycle.js";
import { sessionGet, sessionSet } from "./task_store.js";

const PAUSE_MS = 300;
const key = (tab) => `${tab}_fields`;
const idsOf = {};

// The entries chosen in a dropdown that takes several, or null.
function chosen(id) {
  const tokens = [...document.querySelectorAll(`#${CSS.escape(id)} ${TOKEN}`)];
  return tokens.length ? tokens.map((token) => token.textContent.trim()) : null;
}

function save(tab) {
  if (!state.loaded || !idsOf[tab]) return;
  const values = {};
  for (const id of idsOf[tab]) {
    const element = field(id);
    const choice = document.querySelector(`#${CSS.escape(id)} input[type="radio"]:checked`);
    if (choice) values[id] = choice.value;
    else if (element) values[id] = element.type === "checkbox" ? element.checked : (chosen(id) ?? element.value);
  }
  sessionSet(key(tab), JSON.stringify(values));
}

// Called by Gradio once, with the fields' values as the page begins; gives back those that were there before.
export function restoreFields(tab, ids, values) {
  idsOf[tab] = ids;
  let kept = {};
  try {
    kept = JSON.parse(sessionGet(key(tab)) || "{}");
  } catch {
    // Written by another version: begin anew.
  }
  return values.map((value, i) => {
    const before = kept[ids[i]];
    if (before === undefined) return value;
    if (Array.isArray(value)) return Array.isArray(before) ? before : value;
    if (typeof value !== "number") return before;
    return before === "" || Number.isNaN(Number(before)) ? value : Number(before);
  });
}

export function startSession(tab) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => save(tab), PAUSE_MS);
  };
  const content = document.getElementById(`tab_${tab}`);
  for (const kind of ["input", "change", "click"]) content.addEventListener(kind, later);
  addEventListener("pagehide", () => save(tab));
}
