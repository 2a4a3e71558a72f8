// The PNG Info tab: sends its picture to the other tabs. What it says of the picture comes from the server.

import { decode, pictureFile } from "./canvas_files.js";
import { byId, isVisible, putFile, showLogLine } from "./dom.js";
import { putIntoExtras } from "./extras.js";
import { fetchPicture } from "./fetch_picture.js";
import { SHOWN_PICTURE } from "./gradio_selectors.js";
import { loadIntoMode } from "./img2img.js";
import { startResizeHandle } from "./resize_handle.js";
import { switchToTab } from "./tabs.js";

const EMPTIED_MS = 300; // a field that holds a picture is emptied first

async function picture() {
  const shown = byId("pnginfo_image")?.querySelector(SHOWN_PICTURE);
  if (!shown) throw new Error("Put a picture into the field first.");
  return fetchPicture(shown.src);
}

// Called by Gradio's event of a Send button; gives back the infotext and what the server must know besides.
export async function sendPngInfo(name, infotext) {
  try {
    const file = await picture();
    if (name === "txt2img") {
      switchToTab("txt2img");
      return [infotext, ""];
    }
    if (name === "extras") {
      await putIntoExtras(file);
      return [infotext, ""];
    }
    (await decode(file)).close(); // what is no picture leads nowhere
    switchToTab("img2img");
    const [width, height] = (await loadIntoMode(name, file)).size;
    return [infotext, JSON.stringify({ width, height })];
  } catch (error) {
    showLogLine("pnginfo", error.message);
    return ["", ""];
  }
}

// A picture that is pasted while the tab is shown; texts go where the caret is.
function onPaste(event) {
  const file = pictureFile(event.clipboardData?.files);
  if (!file || !isVisible(byId("pnginfo_columns"))) return;
  event.preventDefault();
  event.stopPropagation();
  if (!putFile("pnginfo_image", file)) setTimeout(() => putFile("pnginfo_image", file), EMPTIED_MS);
}

export function startPngInfo() {
  startResizeHandle("pnginfo");
  document.addEventListener("paste", onPaste, { capture: true });
}
