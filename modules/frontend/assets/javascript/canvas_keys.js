// Keys over a canvas: A1111's, as the settings name them, and some more; which of them are wanted; the list of them.

import { element } from "./dom.js";
import { state } from "./lifecycle.js";

const DEFAULTS = { shrink_brush: "Q", grow_brush: "W", move: "F", fullscreen: "S", reset: "R", overlap: "O", zoom: "Alt", adjust: "Ctrl" };
const NO_TEXT = ["range", "color", "radio", "checkbox", "file"].map((type) => `:not([type=${type}])`).join("");

export const inText = (node) => node?.matches?.(`textarea, input${NO_TEXT}, [contenteditable]`);

// As the setting has it: "F", "Alt".
export const keyName = (name) => String(state.opts[`canvas_hotkey_${name}`] ?? DEFAULTS[name]);
export const isKey = (event, name) => event.key.toLowerCase() === keyName(name).toLowerCase();

// Whether a function is not among those that the setting turns off.
export const isWanted = (name) => !(state.opts.canvas_disabled_functions ?? ["Overlap"]).includes(name);

// What each key does: whether it is for drawing, the function's name in the setting that turns it off, the keys.
const lines = () => [
  [false, "Zoom", `${keyName("zoom")} or Shift + wheel`, "zoom"],
  [true, "Adjust brush size", `${keyName("adjust")} + wheel`, "size of the brush"],
  [true, "Hotkey shrink brush", `${keyName("shrink_brush")} or [`, "smaller brush"],
  [true, "Hotkey enlarge brush", `${keyName("grow_brush")} or ]`, "larger brush"],
  [true, "", "B, E", "brush, eraser"],
  [true, "", "Ctrl+Z, Ctrl+Y", "undo, redo"],
  [false, "Moving canvas", `${keyName("move")} held, middle button`, "move the picture"],
  [false, "Fullscreen", keyName("fullscreen"), "the whole window; Esc leaves it"],
  [false, "Reset Zoom", keyName("reset"), "fit into the frame"],
  [false, "Overlap", keyName("overlap"), "let the picture lie over what is around it"],
];

// The list for a canvas, as elements.
export function listOfKeys(paints) {
  const shown = lines().filter(([draws, name]) => (paints || !draws) && isWanted(name));
  return shown.flatMap(([, , keys, text]) => [element("dt", {}, keys), element("dd", {}, text)]);
}

// Does what a key asks of a canvas; false if it asks nothing.
export function onCanvasKey(canvas, event) {
  const key = event.key.toLowerCase();
  const paints = canvas.kind !== "picture";
  if (event.ctrlKey || event.metaKey) {
    if (!paints || !["z", "y"].includes(key)) return false;
    if (key === "y" || event.shiftKey) canvas.redo();
    else canvas.undo();
  } else if (event.altKey) return false;
  else if (isKey(event, "reset") && isWanted("Reset Zoom")) canvas.reset();
  else if (isKey(event, "fullscreen") && isWanted("Fullscreen")) canvas.toggleFull();
  else if (key === "escape" && canvas.isFull) canvas.toggleFull();
  else if (isKey(event, "overlap") && isWanted("Overlap")) canvas.toggleOverlap();
  else if (isKey(event, "move") && isWanted("Moving canvas")) canvas.setMoving(true);
  else if (paints && (key === "[" || isKey(event, "shrink_brush")) && isWanted("Hotkey shrink brush")) canvas.stepBrush(-2);
  else if (paints && (key === "]" || isKey(event, "grow_brush")) && isWanted("Hotkey enlarge brush")) canvas.stepBrush(2);
  else if (paints && (key === "b" || key === "e")) canvas.chooseTool(key === "e");
  else return false;
  return true;
}
