// The Extras tab: which of its sub-tabs are open, and the picture that other tabs send to it.

import { byId, field, putFile, setField, showLogLine } from "./dom.js";
import { fetchPicture } from "./fetch_picture.js";
import { PREVIEW_IMAGE, SHOWN_PICTURE } from "./gradio_selectors.js";
import { state } from "./lifecycle.js";
import { switchToTab } from "./tabs.js";

const SIDES = ["extras_upscaling_resize_w", "extras_upscaling_resize_h"];

const openPanel = (id) =>
  byId(id)?.querySelector('[role="tab"][aria-selected="true"]')?.getAttribute("aria-controls") ?? "";

// What the server is told with the fields.
export const extrasPanels = () => JSON.stringify({ mode: openPanel("mode_extras"), resize: openPanel("extras_resize_mode") });

function openTab(list, panel) {
  const button = [...(byId(list)?.querySelectorAll('[role="tab"]') ?? [])].find((tab) => tab.getAttribute("aria-controls") === panel);
  button?.click();
}

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// A field that was put into the page this moment may not listen yet.
async function isTaken() {
  for (let tries = 0; tries < 50; tries += 1) {
    if (byId("extras_image")?.querySelector(SHOWN_PICTURE)) return true;
    await wait(100);
  }
  return false;
}

// A tab is put into the page when it is first shown.
export async function putIntoExtras(file) {
  switchToTab("extras");
  for (let tries = 0; tries < 20; tries += 1) {
    openTab("mode_extras", "extras_single_tab");
    if (putFile("extras_image", file) && (await isTaken())) return;
    await wait(100);
  }
  throw new Error("The picture was not taken; try again.");
}

// Called by Gradio's event of the button under the pictures of a tab.
export async function sendToExtras(from) {
  const image = byId(`${from}_gallery`)?.querySelector(PREVIEW_IMAGE);
  if (!image) {
    showLogLine(from, "There is no picture to send yet.", "comments");
    return;
  }
  try {
    await putIntoExtras(await fetchPicture(image.src));
  } catch (error) {
    showLogLine(from, error.message);
  }
}

function swapSides() {
  const [width, height] = SIDES.map((id) => field(id)?.value);
  setField(SIDES[0], height);
  setField(SIDES[1], width);
}

// With the setting, the factor in an upscaler's name becomes the factor to enlarge by.
function takeFactor() {
  if (!state.opts.set_scale_by_when_changing_upscaler) return;
  const match = field("extras_upscaler_1")?.value.match(/(?<![\d.])([1-8])x|x([1-8])(?!\d)/i);
  if (match) setField("extras_upscaling_resize", match[1] ?? match[2]);
}

// Listens above the sub-tabs, whose controls are put into the page when they are first opened.
export function startExtras() {
  const settings = byId("extras_settings");
  settings.addEventListener("click", (event) => event.target.closest("#upscaling_res_switch_btn") && swapSides());
  settings.addEventListener("change", (event) => event.target.closest("#extras_upscaler_1") && takeFactor());
}
