// When the page is there, when it changes, when a tab is shown, when settings change.

import { byId, field } from "./dom.js";
import { SELECTED_TAB } from "./gradio_selectors.js";

const NEEDED = ["settings_json", "footer"];
const WITH_JOBS = ["txt2img", "img2img", "extras"];
const QUIET_MS = 100;

// What else must have happened before the page counts as there: names, taken out by fulfil().
const awaited = new Set(["settings", "fields of txt2img"]);

const callbacks = { loaded: [], update: [], afterUpdate: [], tabChange: [], options: [] };
export const state = { loaded: false, opts: {} };

function run(list, ...args) {
  for (const callback of list) {
    try {
      callback(...args);
    } catch (error) {
      console.error("A callback of the page failed:", error);
    }
  }
}

export function onUiLoaded(callback) {
  if (state.loaded) run([callback]);
  else callbacks.loaded.push(callback);
}
export const onUiUpdate = (callback) => void callbacks.update.push(callback);
export const onAfterUiUpdate = (callback) => void callbacks.afterUpdate.push(callback);
export const onUiTabChange = (callback) => void callbacks.tabChange.push(callback);
export const onOptionsChanged = (callback) => void callbacks.options.push(callback);

// Runs callbacks when elements are there: Gradio puts what is in a tab into the page when the tab is first shown.
const expected = [];

export function whenThere(selectors, callback) {
  expected.push({ selectors, callback });
  clearTimeout(expectedTimer);
  expectedTimer = setTimeout(lookForExpected, 0);
}

function lookForExpected() {
  if (!state.loaded) return;
  const found = expected.filter(({ selectors }) => selectors.every((selector) => document.querySelector(selector)));
  for (const entry of found) expected.splice(expected.indexOf(entry), 1);
  run(found.map(({ callback }) => callback));
}

// Gradio puts the page together in pieces: it is there when all that is needed is, and nothing moved for a moment.
let quietTimer;
let updateTimer;
let expectedTimer;
let shownTab = "";

function onMutations(mutations) {
  if (!state.loaded) {
    clearTimeout(quietTimer);
    quietTimer = setTimeout(tryLoaded, QUIET_MS);
    return;
  }
  run(callbacks.update, mutations);
  if (expected.length) {
    clearTimeout(expectedTimer);
    expectedTimer = setTimeout(lookForExpected, QUIET_MS / 2);
  }
  clearTimeout(updateTimer);
  updateTimer = setTimeout(() => run(callbacks.afterUpdate), 200);
}

// The tab that the page opens with: what is in the others comes when they are shown.
function firstTabIsThere() {
  const panel = document.querySelector(SELECTED_TAB)?.getAttribute("aria-controls");
  if (!panel) return false;
  const name = panel.replace(/^tab_/, "");
  if (!WITH_JOBS.includes(name)) return Boolean(byId(panel)?.querySelector("[id]"));
  return [`${name}_generate`, `${name}_gallery`, `html_log_${name}`].every(byId);
}

function tryLoaded() {
  if (state.loaded || awaited.size > 0 || !NEEDED.every(byId) || !firstTabIsThere()) return;
  state.loaded = true;
  run(callbacks.loaded);
  noticeTab();
  lookForExpected();
}

export function fulfil(name) {
  awaited.delete(name);
  clearTimeout(quietTimer);
  quietTimer = setTimeout(tryLoaded, QUIET_MS);
}

function noticeTab() {
  const name = document.querySelector(SELECTED_TAB)?.textContent.trim() ?? "";
  if (!state.loaded || name === shownTab) return;
  shownTab = name;
  run(callbacks.tabChange);
}

export function readOptions() {
  const text = field("settings_json")?.value;
  if (!text) return;
  try {
    state.opts = JSON.parse(text);
  } catch {
    return;
  }
  Object.assign(window.opts, state.opts);
  run(callbacks.options);
}

export function startLifecycle() {
  new MutationObserver(onMutations).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(noticeTab).observe(document.body, { subtree: true, attributeFilter: ["aria-selected"] });
  quietTimer = setTimeout(tryLoaded, QUIET_MS);
}
