// Sends the picture that is shown, and how it was made, to img2img.

import { byId, showLogLine } from "./dom.js";
import { fetchPicture } from "./fetch_picture.js";
import { generationInfo, selectedIndex } from "./gallery.js";
import { PREVIEW_IMAGE } from "./gradio_selectors.js";
import { loadIntoMode } from "./img2img.js";
import { switchToTab } from "./tabs.js";

// Called by Gradio's event of the button; gives back what the server fills the fields with.
export async function sendPicture(from, mode) {
  const index = Math.max(0, selectedIndex(from));
  const image = byId(`${from}_gallery`)?.querySelector(PREVIEW_IMAGE);
  if (!image) {
    showLogLine(from, "There is no picture to send yet.", "comments");
    return [""];
  }
  const infotext = generationInfo(from)?.infotexts?.[index] ?? "";
  try {
    const file = await fetchPicture(image.src);
    switchToTab("img2img");
    const canvas = await loadIntoMode(mode, file);
    const [width, height] = canvas.size;
    if (from === "img2img") byId("mode_img2img").scrollIntoView({ block: "nearest" });
    return [JSON.stringify({ infotext, width, height, mode })];
  } catch (error) {
    showLogLine(from, error.message);
    return [""];
  }
}
