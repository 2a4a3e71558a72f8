// The img2img tab: its sub-tabs, copies between them, the size of the result, and what Generate sends.

import { canvasIfThere, canvasReady } from "./canvas.js";
import { byId, field, setField, showLogLine } from "./dom.js";
import { SUB_TAB_BUTTON } from "./gradio_selectors.js";
import { state, whenThere } from "./lifecycle.js";

// As in modules/frontend/components/img2img_modes.py.
const MODES = {
  img2img: { tab: "img2img_img2img_tab", canvas: "img2img_image" },
  sketch: { tab: "img2img_img2img_sketch_tab", canvas: "img2img_sketch" },
  inpaint: { tab: "img2img_inpaint_tab", canvas: "img2maskimg" },
  inpaint_sketch: { tab: "img2img_inpaint_sketch_tab", canvas: "inpaint_sketch" },
  inpaint_upload: { tab: "img2img_inpaint_upload_tab", canvas: "img_inpaint_base", mask: "img_inpaint_mask" },
  batch: { tab: "img2img_batch_tab" },
};

const buttons = (id) => [...document.querySelectorAll(`#${id} > ${SUB_TAB_BUTTON}`)];
const panelOf = (button) => button?.getAttribute("aria-controls");
const chosenPanel = (id) => panelOf(buttons(id).find((button) => button.getAttribute("aria-selected") === "true"));

const currentMode = () => Object.keys(MODES).find((name) => MODES[name].tab === chosenPanel("mode_img2img")) ?? "img2img";
const currentCanvas = () => canvasIfThere(MODES[currentMode()].canvas);
const batchSource = () =>
  chosenPanel("img2img_batch_source") === "img2img_batch_from_dir_tab" ? "directory" : "upload";
const resizesBy = () => chosenPanel("img2img_tabs_resize") === "img2img_tab_resize_by";

export function showMode(name) {
  buttons("mode_img2img").find((button) => panelOf(button) === MODES[name].tab)?.click();
}

// Puts a picture into a sub-tab and shows it; the canvas, once the picture is there.
export async function loadIntoMode(name, blob) {
  await new Promise((done) => whenThere(["#mode_img2img"], done));
  showMode(name);
  const canvas = await canvasReady(MODES[name].canvas);
  await canvas.load(blob);
  return canvas;
}

// What Generate sends: the names of the uploaded files of the sub-tab that is shown.
export async function picturesToSend() {
  const mode = currentMode();
  const sent = { mode, resize_by: resizesBy() };
  if (mode === "batch") return JSON.stringify({ ...sent, source: batchSource() });
  try {
    const own = await canvasIfThere(MODES[mode].canvas)?.uploaded();
    const mask = await canvasIfThere(MODES[mode].mask)?.uploaded();
    return JSON.stringify({ ...sent, ...own, mask: mask?.picture ?? null });
  } catch (error) {
    return JSON.stringify({ ...sent, failed: error.message });
  }
}

export const showDescribing = (busy) => showLogLine("img2img", busy ? "Describing the picture…" : "", "comments");

// What Interrogate sends. The pictures of a folder are a job of their own.
export async function pictureToDescribe(model) {
  if (currentMode() === "batch") byId(`img2img_describe_folder_${model}`).click();
  else showDescribing(true);
  return [await picturesToSend()];
}

function noticeMode() {
  byId("img2img_settings").dataset.mode = currentMode();
  previewSize();
}

// "resize: from 512x512 to 768x768"
function previewSize() {
  const place = byId("img2img_scale_resolution_preview");
  if (!place) return;
  const size = currentCanvas()?.size;
  const scale = Number(field("img2img_scale")?.value) || 1;
  const grown = size?.map((side) => Math.floor((side * scale) / 8) * 8);
  const none = currentMode() === "batch" ? `each picture ${scale} times as large` : "no picture yet";
  const text = size ? `resize: from ${size.join("x")} to ${grown.join("x")}` : none;
  if (place.dataset.said === text) return;
  place.dataset.said = text;
  place.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
}

const showRatio = () =>
  currentCanvas()?.showRatio(Number(field("img2img_width").value), Number(field("img2img_height").value));

function takeSize() {
  const size = currentCanvas()?.size;
  if (!size) return;
  setField("img2img_width", size[0]);
  setField("img2img_height", size[1]);
}

async function copy(from, to) {
  const source = canvasIfThere(MODES[from].canvas);
  if (!source?.loaded) return source?.say("There is no picture to copy yet.");
  await loadIntoMode(to, await source.flattened());
}

export function startImg2Img() {
  for (const { canvas, mask } of Object.values(MODES)) {
    for (const id of [canvas, mask].filter(Boolean)) {
      canvasReady(id).then((made) => {
        made.onLoad = () => {
          previewSize();
          if (made.loaded && id === canvas && state.opts.img2img_autosize) takeSize();
        };
      });
    }
  }
  new MutationObserver(noticeMode).observe(byId("mode_img2img"), { subtree: true, attributeFilter: ["aria-selected"] });
  noticeMode();
  for (const id of ["img2img_width", "img2img_height"]) byId(id).addEventListener("input", () => setTimeout(showRatio));
  byId("img2img_detect_image_size_btn").addEventListener("click", takeSize);
  byId("img2img_settings").addEventListener("click", ({ target }) => {
    const [, from, to] = target.closest(".copy-to")?.id.match(/^img2img_copy_(.+)_to_(.+)$/) ?? [];
    if (from) copy(from, to);
  });
  whenThere(["#img2img_scale input[type=number]", "#img2img_scale_resolution_preview"], () => {
    byId("img2img_scale").addEventListener("input", () => setTimeout(previewSize));
    previewSize();
  });
}
