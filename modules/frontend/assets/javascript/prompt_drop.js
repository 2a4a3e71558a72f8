// Pictures and text files dropped onto the prompts: what they say of how a picture was made goes into the prompt.

import { droppedPicture } from "./canvas_files.js";
import { byId, putFile, setField, showLogLine } from "./dom.js";

const LONGEST_TEXT = 10_000;

const takes = (transfer) => ["Files", "text/uri-list"].some((kind) => transfer?.types.includes(kind));
const isText = (file) => file.type.startsWith("text/") || file.name?.endsWith(".txt");

async function read(tab, transfer) {
  const file = await droppedPicture(transfer);
  if (!file) return;
  if (!isText(file)) {
    const picture = file instanceof File ? file : new File([file], "picture", { type: file.type });
    if (!putFile(`${tab}_prompt_image`, picture)) throw new Error("The picture cannot be read now; load the page again.");
    return;
  }
  const text = await file.text();
  if (text.length >= LONGEST_TEXT) throw new Error(`This text is too long for a prompt: ${text.length} characters.`);
  setField(`${tab}_prompt`, text);
}

export function startPromptDrop(tab) {
  const place = byId(`${tab}_prompt_container`);
  const mark = (event, isOver) => {
    if (!takes(event.dataTransfer)) return;
    event.preventDefault();
    place.classList.toggle("dropping", isOver);
  };
  place.addEventListener("dragover", (event) => mark(event, true));
  place.addEventListener("dragleave", (event) => mark(event, false));
  place.addEventListener("drop", async (event) => {
    if (!takes(event.dataTransfer)) return;
    mark(event, false);
    try {
      await read(tab, event.dataTransfer);
    } catch (error) {
      showLogLine(tab, error.message);
    }
  });
}
