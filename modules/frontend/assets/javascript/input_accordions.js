// Accordions whose header is a checkbox: A1111's id for the checkbox itself, and its function for scripts.

import { byId } from "./dom.js";

const checkbox = (id) => byId(`${id}-checkbox`)?.querySelector('input[type="checkbox"]');

export function inputAccordionChecked(id, checked) {
  const box = checkbox(id);
  if (box && box.checked !== Boolean(checked)) box.click();
}

export function startInputAccordions() {
  for (const accordion of document.querySelectorAll(".input-accordion")) {
    const box = checkbox(accordion.id);
    box.id = `${accordion.id}-visible-checkbox`;
    box.setAttribute("aria-controls", `${accordion.id}-content`);
  }
}
