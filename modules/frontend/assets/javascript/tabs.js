// The tabs of the page.

import { byId } from "./dom.js";
import { SELECTED_TAB, TAB_BUTTON } from "./gradio_selectors.js";

export const GENERATION_TABS = ["txt2img", "img2img"];

export function currentTabContent() {
  const button = document.querySelector(SELECTED_TAB);
  return button ? byId(button.getAttribute("aria-controls")) : null;
}

// The name of the generation tab that is shown, or null.
export function currentTab() {
  const name = currentTabContent()?.id.replace(/^tab_/, "");
  return GENERATION_TABS.includes(name) ? name : null;
}

export const currentTabButton = () => document.querySelector(SELECTED_TAB);

export function switchToTab(name) {
  [...document.querySelectorAll(TAB_BUTTON)].find((button) => button.getAttribute("aria-controls") === `tab_${name}`)?.click();
}

export function tabIndex(id) {
  const buttons = [...(byId(id)?.querySelectorAll('[role="tab"]') ?? [])];
  return Math.max(0, buttons.findIndex((button) => button.getAttribute("aria-selected") === "true"));
}
