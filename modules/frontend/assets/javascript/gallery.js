// Which picture is shown, and the infotext that follows it.

import { byId, element, field } from "./dom.js";
import { GRID_ITEM, PREVIEW_IMAGE, THUMBNAIL } from "./gradio_selectors.js";
import { onOptionsChanged, state } from "./lifecycle.js";

const gallery = (tab) => byId(`${tab}_gallery`);

export function galleryButtons(tab) {
  const root = gallery(tab);
  if (!root) return [];
  const thumbnails = [...root.querySelectorAll(THUMBNAIL)];
  return thumbnails.length ? thumbnails : [...root.querySelectorAll(GRID_ITEM)];
}

// The index of the picture shown large, or -1.
export function selectedIndex(tab) {
  const buttons = galleryButtons(tab);
  const index = buttons.findIndex((button) => button.classList.contains("selected"));
  return index < 0 && gallery(tab)?.querySelector(PREVIEW_IMAGE) ? 0 : index;
}

export function generationInfo(tab) {
  try {
    return JSON.parse(field(`generation_info_${tab}`)?.value || "null");
  } catch {
    return null;
  }
}

export function showInfotext(tab) {
  const place = byId(`html_info_${tab}`);
  if (!place) return;
  const shown = galleryButtons(tab).length > 0 || gallery(tab)?.querySelector(PREVIEW_IMAGE);
  const text = shown ? generationInfo(tab)?.infotexts?.[Math.max(0, selectedIndex(tab))] : "";
  if (place.dataset.shown === (text ?? "")) return;
  place.dataset.shown = text ?? "";
  place.querySelector(".shown-infotext")?.remove();
  if (!text) return;
  const box = element("div", { class: "prose shown-infotext" });
  const lines = text.split("\n");
  const parameters = lines.pop();
  if (lines.length) box.append(element("p", { class: "said" }, lines.join("\n")));
  box.append(element("p", {}, parameters));
  place.append(box);
}

function setHeight(tab) {
  const style = byId(`${tab}_gallery_container`).style;
  if (state.opts.gallery_height) style.setProperty("--gallery-height", state.opts.gallery_height);
  else style.removeProperty("--gallery-height");
}

export function startGallery(tab) {
  setHeight(tab);
  onOptionsChanged(() => setHeight(tab));
  let frame = 0;
  const follow = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => showInfotext(tab));
  };
  new MutationObserver(follow).observe(gallery(tab), { subtree: true, childList: true, attributeFilter: ["class", "src"] });
}
