// The Settings tab: its menu, its pages, the search, and which changes wait to be applied.

import { byId, element } from "./dom.js";
import { reloadUi } from "./footer.js";
import { onOptionsChanged, onUiTabChange, readOptions, state, whenThere } from "./lifecycle.js";
import { startSettingsActions } from "./settings_actions.js";
import { createSetting } from "./settings_controls.js";
import { sessionGet, sessionSet } from "./task_store.js";

const FIRST = "Stable Diffusion";
const SHOWN_KEY = "settings_page";
const SEARCH_MS = 120;
const OTHER = [
  ["settings_tab_defaults", "Defaults"],
  ["settings_tab_sysinfo", "Sysinfo"],
  ["settings_tab_actions", "Actions"],
  ["settings_tab_licenses", "Licenses"],
];

let pages = []; // { id, title, category, section, button, entries }
let showsAll = false;
let search = null;

const entries = () => pages.flatMap((page) => page.entries);
const waiting = () => entries().filter((entry) => !entry.html && entry.changed());

// --- the page that is shown ---

function pageOf(title) {
  return pages.find((page) => page.title === title) ?? pages[0];
}

function showPage(title, { remember = true } = {}) {
  const chosen = pageOf(title);
  if (!chosen) return;
  for (const page of pages) {
    const isChosen = page === chosen;
    page.section.classList.toggle("shown", isChosen || showsAll);
    page.button.classList.toggle("selected", isChosen && !showsAll);
    page.button.setAttribute("aria-current", String(isChosen && !showsAll));
  }
  byId("settings_page_menu").value = chosen.title;
  if (remember) sessionSet(SHOWN_KEY, chosen.title);
  if (showsAll && remember) chosen.section.scrollIntoView({ block: "start" });
}

function showAll(all) {
  showsAll = all;
  byId("settings_show_all_pages").hidden = all;
  byId("settings_show_one_page").hidden = !all;
  showPage(sessionGet(SHOWN_KEY) || FIRST, { remember: false });
}

// --- search ---

function textOf(page, entry) {
  return `${page.title} ${entry.key} ${entry.row.textContent}`.toLowerCase();
}

function runSearch() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const content = byId("settings_content");
  content.classList.toggle("searching", words.length > 0);
  let found = 0;
  for (const page of pages) {
    let hits = 0;
    for (const entry of page.entries) {
      const hit = !entry.html && words.every((word) => textOf(page, entry).includes(word));
      entry.row.classList.toggle("hit", hit);
      hits += hit;
    }
    page.section.classList.toggle("has-hits", hits > 0);
    found += hits;
  }
  byId("settings_search_result").textContent = words.length
    ? found
      ? `${found} setting${found === 1 ? "" : "s"}`
      : "No setting is called so."
    : "";
}

// --- changes that wait ---

function showWaiting() {
  if (!byId("settings_submit")) return; // Gradio has not put the tab into the page yet
  const changed = waiting();
  byId("settings_submit").classList.toggle("waiting", changed.length > 0);
  byId("settings_waiting").textContent = changed.length
    ? `${changed.length} change${changed.length === 1 ? "" : "s"} not applied yet`
    : "";
  for (const page of pages) {
    const count = page.entries.filter((entry) => changed.includes(entry)).length;
    page.button.dataset.count = count || "";
  }
}

export function settingsToApply() {
  return [JSON.stringify(Object.fromEntries(waiting().map((entry) => [entry.key, entry.get()])))];
}

export function settingsApplied() {
  readOptions();
}

function optionsArrived(opts) {
  for (const entry of entries()) if (!entry.html && entry.key in opts) entry.arrived(opts[entry.key]);
  showWaiting();
}

// --- building ---

function createPage({ id, title, category, settings, above }) {
  const section = element("section", { class: "settings-page", id, "data-title": title });
  section.append(element("h2", {}, title));
  const made = settings.map((setting) => createSetting(setting, showWaiting));
  section.append(...made.map((entry) => entry.row));
  if (above.length) section.append(element("p", { class: "quiet above" }, `At the top of the page: ${above.join(", ")}.`));
  byId("settings_pages").append(section);
  return { id, title, category, section, entries: made };
}

function createMenu() {
  const menu = byId("settings_menu");
  search = element("input", { type: "search", id: "settings_search", placeholder: "Search…", "aria-label": "Search the settings" });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(runSearch, SEARCH_MS);
  });
  const select = element("select", { id: "settings_page_menu", "aria-label": "Page of settings" });
  select.addEventListener("change", () => choose(select.value));
  const nav = element("nav", { "aria-label": "Pages of settings" });
  let group = null;
  for (const page of pages) {
    if (group?.label !== page.category) {
      nav.append(element("h3", {}, page.category));
      group = element("optgroup", { label: page.category });
      select.append(group);
    }
    page.button = element("button", { type: "button", "data-page": page.id }, page.title);
    page.button.addEventListener("click", () => choose(page.title));
    nav.append(page.button);
    group.append(element("option", { value: page.title }, page.title));
  }
  const all = element("button", { type: "button", id: "settings_show_all_pages" }, "Show all pages");
  const one = element("button", { type: "button", id: "settings_show_one_page", hidden: "" }, "Show only one page");
  all.addEventListener("click", () => showAll(true));
  one.addEventListener("click", () => showAll(false));
  menu.replaceChildren(search, element("p", { class: "quiet", id: "settings_search_result", "aria-live": "polite" }), select, nav, all, one);
}

function choose(title) {
  if (search.value) {
    search.value = "";
    runSearch();
  }
  showPage(title);
  const top = byId("settings_top").parentElement.getBoundingClientRect().top;
  if (top < 0 && !showsAll) scrollBy(0, top);
}

// Called by Gradio with what `frontend/settings_page.py` says.
export function settingsArrived(text) {
  if (!text || !byId("settings_pages")) return;
  const described = JSON.parse(text);
  byId("settings_pages").replaceChildren();
  pages = described.pages.map(createPage);
  for (const [id, title] of OTHER) {
    const section = byId(id);
    if (section) pages.push({ id, title, category: "Other", section, entries: [] });
  }
  byId("licenses").innerHTML = described.licences; // made by our own server, escaped there
  createMenu();
  showAll(showsAll);
  showWaiting();
  byId("settings").dataset.ready = "yes";
}

// --- starting ---

function ask() {
  byId("settings_describe").click();
}

export function startSettings() {
  whenThere(["#settings_describe", "#settings_pages", "#settings_menu", "#settings_tab_licenses", "#settings_result"], () => {
    byId("settings_result").before(element("span", { id: "settings_waiting", class: "quiet", "aria-live": "polite" }));
    byId("settings_restart_gradio").addEventListener("click", reloadUi);
    startSettingsActions();
    ask();
  });
  onOptionsChanged(() => optionsArrived(state.opts));
  onUiTabChange(() => {
    if (byId("settings")?.dataset.ready && !waiting().length && byId("settings").getClientRects().length) ask();
  });
}
