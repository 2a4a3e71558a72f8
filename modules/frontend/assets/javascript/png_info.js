// The PNG Info tab: sends its picture to the other tabs. What it says of the picture comes from the server.

import { pictureFile } from "./canvas_files.js";
import { byId, isVisible, putFile, showLogLine } from "./dom.js";
import { SHOWN_PICTURE } from "./gradio_selectors.js";
import { loadIntoMode } from "./img2img.js";
import { startResizeHandle } from "./resize_handle.js";
import { switchToTab } from "./tabs.js";

async function picture() {
  const shown = byId("pnginfo_image")?.querySelector(SHOWN_PICTURE);
  if (!shown) throw new Error("Put a picture into the field on the left first.");
  const reply = await fetch(shown.src);
  if (!reply.ok) throw new Error("The picture is no longer on the server; load it again.");
  return reply.blob();
}

// Called by Gradio's event of a Send button; gives back the infotext and what the server must know besides.
export async function sendPngInfo(name, infotext) {
  try {
    const blob = await picture();
    if (name === "txt2img") {
      switchToTab("txt2img");
      return [infotext, ""];
    }
    if (name === "extras") {
      switchToTab("extras");
      await putFileWhenThere("extras_image", blob);
      return [infotext, ""];
    }
    switchToTab("img2img");
    const [width, height] = (await loadIntoMode(name, blob)).size;
    return [infotext, JSON.stringify({ width, height })];
  } catch (error) {
    showLogLine("pnginfo", error.message);
    return ["", ""];
  }
}

// A tab is put into the page when it is first shown.
async function putFileWhenThere(id, blob) {
  const file = blob instanceof File ? blob : new File([blob], `picture.${blob.type.split("/")[1]?.replace(/\W.*/, "") || "png"}`, { type: blob.type });
  for (let tries = 0; tries < 50; tries += 1) {
    if (putFile(id, file)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("The picture was not taken; try again.");
}

// A picture that is pasted while the tab is shown; texts go where the caret is.
function onPaste(event) {
  const file = pictureFile(event.clipboardData?.files);
  if (!file || !isVisible(byId("pnginfo_columns"))) return;
  event.preventDefault();
  event.stopPropagation();
  putFileWhenThere("pnginfo_image", file);
}

export function startPngInfo() {
  startResizeHandle("pnginfo");
  document.addEventListener("paste", onPaste, { capture: true });
}
