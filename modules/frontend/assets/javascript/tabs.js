// The tabs of the page.

import { byId } from "./dom.js";
import { SELECTED_TAB, TAB_BUTTON } from "./gradio_selectors.js";

export const GENERATION_TABS = ["txt2img", "img2img"];

export const JOB_TABS = [...GENERATION_TABS, "extras"];

export function currentTabContent() {
  const button = document.querySelector(SELECTED_TAB);
  return button ? byId(button.getAttribute("aria-controls")) : null;
}

const shownName = () => currentTabContent()?.id.replace(/^tab_/, "");

// The name of the generation tab that is shown, or null.
export const currentTab = () => (GENERATION_TABS.includes(shownName()) ? shownName() : null);

// The name of the tab that is shown if it has Generate, or null.
export const currentJobTab = () => (JOB_TABS.includes(shownName()) ? shownName() : null);

export const currentTabButton = () => document.querySelector(SELECTED_TAB);

export function switchToTab(name) {
  [...document.querySelectorAll(TAB_BUTTON)].find((button) => button.getAttribute("aria-controls") === `tab_${name}`)?.click();
}

export function tabIndex(id) {
  const buttons = [...(byId(id)?.querySelectorAll('[role="tab"]') ?? [])];
  return Math.max(0, buttons.findIndex((button) => button.getAttribute("aria-selected") === "true"));
}
