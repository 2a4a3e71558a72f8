// The pages of extra networks: frames made by frontend/tabs/extra_networks.py, filled when they are first shown.

import { byId, field } from "./dom.js";
import { onOptionsChanged, state, whenThere } from "./lifecycle.js";
import { fetchCard, fetchCards, refreshCards } from "./network_calls.js";
import { CardView, hiddenCards } from "./network_cards.js";
import { copyPath, showMetadata } from "./network_dialogs.js";
import { openEditor } from "./network_editor.js";
import { markFolder, showFolders, startDivider } from "./network_folders.js";
import { sortedCards, visibleCards } from "./network_list.js";
import { insertionOf, startPromptTracking, toggleNetwork } from "./network_prompts.js";

const PAUSE_MS = 120;

// Pages by the elem_id of their frame.
const pages = new Map();
let wantedCheckpoint = "";

const pagesOf = (name) => [...pages.values()].filter((page) => page.name === name || page.id.endsWith(`_${name}`));

// --- checkpoints ---

export function selectCheckpoint(name) {
  wantedCheckpoint = name;
  byId("change_checkpoint").click();
}

export const checkpointWanted = () => wantedCheckpoint;

// The menu has whole names, or, if a setting says so, names without folder and ending.
function isCheckpointInUse(card) {
  const name = card.dataset.checkpoint;
  if (!name) return false;
  const title = (field("setting_sd_model_checkpoint")?.value ?? "").replace(/ \[\w+\]$/, "");
  return title === name || title === name.split("/").pop().replace(/\.[^.]+$/, "");
}

// Another checkpoint: other networks may fit it. Pages that are seen show that at once, the others when they are shown.
export function checkpointChanged() {
  for (const page of pages.values()) page.checkpointChanged();
}

// --- a page ---

class Page {
  constructor(pane) {
    this.pane = pane;
    this.tab = pane.dataset.tab;
    this.name = pane.dataset.page;
    this.id = pane.id.replace(/_pane$/, "");
    this.cards = [];
    this.stale = true;
    this.message = pane.querySelector(".extra-network-message");
    this.search = pane.querySelector("[type=search]");
    this.view = new CardView(pane.querySelector(".extra-network-cards"), pane, isCheckpointInUse);
    this.connect();
    this.showSorting();
    this.applySettings();
    startDivider(pane);
  }

  get isShown() {
    return this.pane.getClientRects().length > 0;
  }

  connect() {
    let timer = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.list(), PAUSE_MS);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.view.focus();
    });
    this.pane.addEventListener("click", (event) => this.onClick(event));
  }

  onClick(event) {
    const hit = (selector) => event.target.closest(selector);
    if (hit(".extra-network-control--sort")) return this.sortBy(hit(".extra-network-control--sort").dataset.sort);
    if (hit(".extra-network-control--sort-dir")) return this.turnRound();
    if (hit(".extra-network-control--tree-view")) return this.showSorting(this.pane.classList.toggle("folders-closed"));
    if (hit(".extra-network-control--refresh")) return this.load(refreshCards);
    if (hit(".tree-file")) return this.activate(this.cardNamed(hit(".tree-file").dataset.name));
    if (hit("[data-path]")) return this.chooseFolder(event, hit("[data-path]"));
    const card = hit(".card");
    if (hit(".card-button")) return this.onCardButton(hit(".card-button"), card.dataset.name);
    return !card || card.hasAttribute("onclick") || hit(".description a") ? undefined : this.activate(card);
  }

  // --- what is listed ---

  async load(get = fetchCards) {
    this.stale = false;
    this.pane.setAttribute("aria-busy", "true");
    try {
      const answer = await get(this.name);
      this.cards = answer.cards;
      this.answer = answer;
      if (get === refreshCards) for (const page of pagesOf(this.name)) if (page !== this) page.stale = true;
      showFolders(this.pane, this.cards, state.opts);
      this.list();
    } catch (error) {
      this.stale = true;
      this.say(`The list did not arrive: ${error.message}`, "error");
    } finally {
      this.pane.removeAttribute("aria-busy");
    }
  }

  shown() {
    if (this.stale) this.load();
    else this.view.mark();
  }

  list() {
    const { sort, direction } = this.pane.dataset;
    const found = sortedCards(visibleCards(this.cards, this.search.value, hiddenCards()), sort, direction);
    this.view.show(found);
    markFolder(this.pane, this.search.value);
    const count = this.pane.querySelector(".extra-network-count");
    count.textContent = found.length === this.cards.length ? `${found.length}` : `${found.length} / ${this.cards.length}`;
    this.say(this.words(found.length));
  }

  words(found) {
    const { notes, folders } = this.answer;
    if (!this.cards.length && !notes) return `Nothing here yet. Put files into ${folders[0] ?? "the folder of this kind"}, then refresh.`;
    if (!found && this.cards.length) return "Nothing is found.";
    return notes;
  }

  say(text, kind = "") {
    this.message.textContent = text;
    this.message.className = `extra-network-message ${kind}`;
  }

  sortBy(label) {
    this.pane.dataset.sort = label;
    this.showSorting();
    this.list();
  }

  turnRound() {
    this.pane.dataset.direction = this.pane.dataset.direction === "Ascending" ? "Descending" : "Ascending";
    this.list();
  }

  showSorting() {
    const { sort } = this.pane.dataset;
    for (const each of this.pane.querySelectorAll(".extra-network-control--sort")) {
      each.setAttribute("aria-pressed", String(each.dataset.sort === sort));
    }
    const isOpen = !this.pane.classList.contains("folders-closed");
    this.pane.querySelector(".extra-network-control--tree-view").setAttribute("aria-pressed", String(isOpen));
  }

  chooseFolder(event, target) {
    const summary = target.closest("summary");
    if (summary) {
      event.preventDefault();
      summary.parentElement.open = true;
    }
    const { path } = target.dataset;
    this.search.value = this.search.value === path ? "" : path;
    this.list();
  }

  // --- what cards do ---

  cardNamed(name) {
    const shown = [...this.view.place.querySelectorAll(".card")].find((card) => card.dataset.name === name);
    if (shown) return shown;
    const holder = document.createElement("template");
    holder.innerHTML = this.cards.find((card) => card.name === name)?.html ?? "";
    return holder.content.firstElementChild;
  }

  activate(card) {
    if (!card) return;
    const insertion = insertionOf(card);
    if (insertion) toggleNetwork(this.tab, insertion, Boolean(this.pane.dataset.negative));
    else if (card.dataset.checkpoint) selectCheckpoint(card.dataset.checkpoint);
    this.view.mark();
  }

  async onCardButton(button, name) {
    try {
      if (button.matches(".copy-path-button")) this.say(await copyPath(this.name, name));
      else if (button.matches(".metadata-button")) await showMetadata(this.name, name);
      else await openEditor(this.tab, this.name, name, this.id, replaceCard.bind(null, this.name));
    } catch (error) {
      this.say(error.message, "error");
    }
  }

  // --- settings, and what happens elsewhere ---

  applySettings() {
    const { opts } = state;
    const style = this.pane.style;
    const set = (name, value) => (value ? style.setProperty(name, value) : style.removeProperty(name));
    set("--card-width", opts.extra_networks_card_width > 0 && `${opts.extra_networks_card_width}px`);
    set("--card-height", opts.extra_networks_card_height > 0 && `${opts.extra_networks_card_height}px`);
    style.setProperty("--card-text-scale", opts.extra_networks_card_text_scale ?? 1);
    this.pane.classList.toggle("fixed-width", opts.extra_networks_card_width > 0);
    this.pane.classList.toggle("without-description", opts.extra_networks_card_show_desc === false);
  }

  settingsChanged() {
    this.applySettings();
    this.stale = true;
    if (this.isShown) this.load();
  }

  checkpointChanged() {
    this.stale = true;
    if (!this.isShown) return;
    if (this.name === "checkpoints") this.view.mark();
    else this.load();
  }
}

function replaceCard(pageName, name, html) {
  for (const page of pagesOf(pageName)) page.view.replace(name, html);
}

// As A1111's scripts call it.
export async function refreshSingleCard(page, _tab, name) {
  replaceCard(page, name, (await fetchCard(page, name)).html);
}

// --- the sub-tabs ---

function shownPage(tab) {
  const selected = byId(`${tab}_extra_tabs`).querySelector(':scope > .tab-wrapper [role="tab"][aria-selected="true"]');
  return selected?.getAttribute("aria-controls") ?? "";
}

// In the compact layout the prompts stand in Generation: they come along to the page that is shown.
function movePrompts(tab, id) {
  const prompts = byId(`${tab}_toprow`);
  if (!prompts?.classList.contains("in-column")) return;
  prompts.easelHome ??= Object.assign(document.createElement("i"), { hidden: true });
  if (!prompts.easelHome.isConnected) prompts.before(prompts.easelHome);
  if (id === `${tab}_generation`) prompts.easelHome.after(prompts);
  else byId(`${id}_pane`).before(prompts);
}

function showPage(tab) {
  const id = shownPage(tab);
  if (id === `${tab}_generation`) return movePrompts(tab, id);
  whenThere([`#${CSS.escape(id)}_pane`], () => {
    if (shownPage(tab) !== id) return;
    movePrompts(tab, id);
    const pane = byId(`${id}_pane`);
    if (!pages.has(id) || pages.get(id).pane !== pane) pages.set(id, new Page(pane));
    pages.get(id).shown();
  });
  return undefined;
}

export function startExtraNetworks(tab) {
  const tabs = byId(`${tab}_extra_tabs`);
  let frame = 0;
  const markAll = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      for (const page of pages.values()) if (page.tab === tab && page.isShown) page.view.mark();
    });
  };
  startPromptTracking(tab, markAll);
  onOptionsChanged(() => {
    for (const page of pages.values()) if (page.tab === tab) page.settingsChanged();
  });
  new MutationObserver(() => showPage(tab)).observe(tabs.querySelector(".tab-wrapper"), {
    subtree: true,
    attributeFilter: ["aria-selected"],
  });
}
