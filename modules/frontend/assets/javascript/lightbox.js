// The full page viewer: a click on the large picture opens it.

import { byId, element } from "./dom.js";
import { galleryButtons, selectedIndex } from "./gallery.js";
import { PREVIEW_IMAGE } from "./gradio_selectors.js";
import { onOptionsChanged, state } from "./lifecycle.js";
import { startLightboxGamepad } from "./lightbox_gamepad.js";
import { resetZoom, startLightboxZoom } from "./lightbox_zoom.js";

const BUTTONS = [
  ["modal_zoom", "Fill the window, or show the picture in its size", "fit", () => toggle("filled")],
  ["modal_tile_image", "Show how the picture tiles", "tiles", () => toggle("tiled")],
  ["modal_save", "Save the picture (S)", "save", () => byId(`save_${tab}`)?.click()],
  ["modal_toggle_live_preview", "Show the live preview while a job runs", "preview", toggleLivePreview],
  ["modal_close", "Close (Esc)", "close", () => box.close()],
];
const LIVE = ".livePreview img";

let box;
let image;
let tab = "";
let live = false;

function build() {
  box = element("dialog", { id: "lightboxModal", "aria-label": "Full page image viewer" });
  const bar = element("div", { class: "lightbox-bar" });
  for (const [id, title, icon, act] of BUTTONS) {
    const button = element("button", { id, title, "aria-label": title, type: "button", class: `tool icon-${icon}` });
    button.addEventListener("click", act);
    bar.append(button);
  }
  image = element("img", { id: "modalImage", alt: "The picture", draggable: "false" });
  box.append(element("div", { class: "lightbox-tiles" }), image, arrow("modalPrev", "‹", -1), arrow("modalNext", "›", 1), bar);
  box.addEventListener("click", (event) => {
    if (event.target === box || event.target.classList.contains("lightbox-tiles")) box.close();
  });
  box.addEventListener("keydown", onKey);
  document.body.append(box);
  startLightboxZoom(box, image);
  startLightboxGamepad(box, go);
}

function arrow(id, sign, step) {
  const title = step < 0 ? "Previous picture" : "Next picture";
  const button = element("button", { id, title, "aria-label": title, type: "button", class: "lightbox-arrow" }, sign);
  button.addEventListener("click", () => go(step));
  return button;
}

function onKey(event) {
  const acts = { ArrowLeft: () => go(-1), ArrowRight: () => go(1), s: () => byId("modal_save").click() };
  const act = acts[event.key];
  if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

// The first picture comes after the last.
function go(step) {
  const buttons = galleryButtons(tab);
  if (buttons.length < 2) return;
  buttons[(selectedIndex(tab) + step + buttons.length) % buttons.length].click();
}

function toggle(name) {
  box.classList.toggle(name);
  resetZoom();
}

function toggleLivePreview() {
  live = !live;
  byId("modal_toggle_live_preview").setAttribute("aria-pressed", String(live));
  show();
}

function show() {
  if (!box.open) return;
  const preview = live && byId(`${tab}_gallery_container`)?.querySelector(LIVE);
  const source = (preview || byId(`${tab}_gallery`)?.querySelector(PREVIEW_IMAGE))?.src;
  if (!source) return box.close();
  if (image.src === source) return;
  image.src = source;
  box.style.setProperty("--picture", `url("${source}")`);
}

function open(from) {
  tab = from;
  box.classList.toggle("filled", state.opts.js_modal_lightbox_initially_zoomed !== false);
  box.classList.remove("tiled");
  live = Boolean(state.opts.js_live_preview_in_modal_lightbox);
  byId("modal_toggle_live_preview").setAttribute("aria-pressed", String(live));
  byId("modal_save").hidden = !byId(`save_${tab}`);
  box.showModal();
  resetZoom();
  show();
}

function setOpacity() {
  box.style.setProperty("--icon-opacity", state.opts.sd_webui_modal_lightbox_icon_opacity ?? 1);
  box.style.setProperty("--bar-opacity", state.opts.sd_webui_modal_lightbox_toolbar_opacity ?? 0.9);
}

const isShownPicture = (target) => target instanceof Element && target.matches(PREVIEW_IMAGE);

export function startLightbox(from) {
  if (!box) {
    build();
    setOpacity();
    onOptionsChanged(setOpacity);
  }
  const gallery = byId(`${from}_gallery`);
  gallery.addEventListener("click", (event) => {
    const picture = isShownPicture(event.target) ? event.target : event.target.querySelector?.(":scope.media-button img");
    if (!picture || state.opts.js_modal_lightbox === false) return;
    event.preventDefault();
    event.stopPropagation();
    open(from);
  }, { capture: true });
  gallery.addEventListener("auxclick", (event) => {
    if (event.button === 1 && isShownPicture(event.target)) window.open(event.target.src, "_blank", "noopener");
  });
  new MutationObserver(() => from === tab && show()).observe(byId(`${from}_gallery_container`), {
    subtree: true, childList: true, attributeFilter: ["src", "class"],
  });
}
