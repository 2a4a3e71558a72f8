// Finding elements, and writing into Gradio's fields so that the server gets what is seen.

import { CLEAR_BUTTON, FIELD } from "./gradio_selectors.js";

export const byId = (id) => document.getElementById(id);

// The element in which the value of a component is typed or shown.
export const field = (id) => byId(id)?.querySelector(FIELD) ?? null;

// Tells Gradio that a field was changed by a script.
export function updateInput(element) {
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

export function setField(id, value) {
  const element = field(id);
  if (!element || element.value === String(value)) return;
  element.value = value;
  updateInput(element);
  element.dispatchEvent(new Event("change", { bubbles: true }));
}

// Gives a file to a component of Gradio that takes one, in place of the one it has; says whether there is such a place.
export function putFile(id, file) {
  const place = byId(id);
  const input = place?.querySelector('input[type="file"]');
  if (!input) {
    place?.querySelector(CLEAR_BUTTON)?.click();
    return false;
  }
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

export function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

export function isVisible(node) {
  return Boolean(node && node.getClientRects().length && getComputedStyle(node).visibility !== "hidden");
}

// A line under the pictures, as the server writes them.
export function showLogLine(tab, text, kind = "error") {
  const log = byId(`html_log_${tab}`);
  if (!log) return;
  log.querySelector(".from-page")?.remove();
  if (!text) return;
  const line = element("div", { class: "prose from-page" });
  line.append(element("p", { class: kind }, text));
  log.append(line);
}
