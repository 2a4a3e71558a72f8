// The names that scripts of extensions expect on `window`.

import { appendContextMenuOption, removeContextMenuOption } from "./context_menu.js";
import { byId, isVisible, updateInput } from "./dom.js";
import { refreshSingleCard, selectCheckpoint } from "./extra_networks.js";
import { galleryButtons, selectedIndex } from "./gallery.js";
import { showMode } from "./img2img.js";
import { inputAccordionChecked } from "./input_accordions.js";
import { onAfterUiUpdate, onOptionsChanged, onUiLoaded, onUiTabChange, onUiUpdate, whenThere } from "./lifecycle.js";
import { translations } from "./localization.js";
import { cardClicked } from "./network_prompts.js";
import { closePopup, popup, popupId } from "./popup.js";
import { watchJob } from "./progress.js";
import { setRandomSeed, switchWidthHeight } from "./size_and_seed.js";
import { currentTab, currentTabButton, currentTabContent, switchToTab, tabIndex } from "./tabs.js";
import { localGet, localRemove, localSet } from "./task_store.js";

function gradioApp() {
  return document;
}

function onEdit(id, target, milliseconds, action) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
  target.addEventListener("input", later);
  return later;
}

function request(url, data, onReply, onError = () => {}) {
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) })
    .then((reply) => (reply.ok ? reply.json() : Promise.reject(reply)))
    .then(onReply, onError);
}

function requestGet(url, data, onReply, onError = () => {}) {
  fetch(`${url}?${new URLSearchParams(data)}`)
    .then((reply) => (reply.ok ? reply.json() : Promise.reject(reply)))
    .then(onReply, onError);
}

function requestProgress(id, container, gallery, atEnd, onProgress) {
  let seen = false;
  const watched = watchJob(id, container, (reply) => {
    onProgress?.(reply);
    seen ||= reply.active || reply.queued;
    if (!reply.completed && (reply.active || reply.queued || !seen)) return;
    watched.stop();
    atEnd?.();
  });
}

function switchToMode(name) {
  switchToTab("img2img");
  whenThere(["#mode_img2img"], () => showMode(name));
}

const selectedGalleryButton = () => galleryButtons(currentTab() ?? "txt2img")[selectedIndex(currentTab() ?? "txt2img")];
const randomId = () => `task(${Math.random().toString(36).slice(2, 9)})`;

export function installLegacyGlobals() {
  Object.assign(window, {
    opts: {},
    localization: translations,
    gradioApp,
    get_uiCurrentTab: currentTabButton,
    get_uiCurrentTabContent: currentTabContent,
    get_tab_index: tabIndex,
    switch_to_txt2img: () => switchToTab("txt2img"),
    switch_to_img2img: () => switchToMode("img2img"),
    switch_to_sketch: () => switchToMode("sketch"),
    switch_to_inpaint: () => switchToMode("inpaint"),
    switch_to_inpaint_sketch: () => switchToMode("inpaint_sketch"),
    onUiUpdate,
    onAfterUiUpdate,
    onUiLoaded,
    onUiTabChange,
    onOptionsChanged,
    updateInput,
    onEdit,
    selected_gallery_index: () => selectedIndex(currentTab() ?? "txt2img"),
    selected_gallery_button: selectedGalleryButton,
    all_gallery_buttons: () => galleryButtons(currentTab() ?? "txt2img"),
    appendContextMenuOption,
    removeContextMenuOption,
    requestProgress,
    randomId,
    request,
    requestGet,
    popup,
    popupId,
    closePopup,
    inputAccordionChecked,
    cardClicked,
    selectCheckpoint,
    extraNetworksRefreshSingleCard: refreshSingleCard,
    setRandomSeed,
    switchWidthHeight,
    args_to_array: Array.from,
    create_submit_args: (args) => Array.from(args),
    uiElementIsVisible: isVisible,
    uiElementInSight: (node) => {
      const box = node.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight;
    },
    toggleCss: (id, css, on) => {
      byId(id)?.remove();
      if (!on) return;
      const style = document.createElement("style");
      style.id = id;
      style.textContent = css;
      document.head.append(style);
    },
    localSet,
    localGet,
    localRemove,
  });
}
