// The buttons and sliders over a canvas.

import { isWanted, keyName, listOfKeys } from "./canvas_keys.js";
import { element } from "./dom.js";
import { state } from "./lifecycle.js";

function button(name, icon, key, action) {
  const made = element("button", { type: "button", class: `tool icon-${icon}` });
  nameButton(made, name, key);
  made.addEventListener("click", action);
  return made;
}

function nameButton(made, name, key) {
  made.title = key ? `${name} (${key})` : name;
  made.setAttribute("aria-label", made.title);
}

function range(name, limits, value, action) {
  const [min, max] = limits;
  const made = element("input", { type: "range", min, max, value, title: name, "aria-label": name, class: "canvas-range" });
  made.addEventListener("input", () => action(Number(made.value)));
  return made;
}

function group(...parts) {
  const made = element("div", { class: "canvas-group" });
  made.append(...parts);
  return made;
}

// A button that lists the keys while the mouse is over it, or after a click.
function keysHelp(kind) {
  const list = element("dl", { class: "canvas-keys", role: "tooltip" });
  const made = element("button", { type: "button", class: "tool canvas-help", title: "", "aria-label": "Keys for drawing" }, "?");
  const fill = () => list.replaceChildren(...listOfKeys(kind !== "picture"));
  for (const kind of ["pointerenter", "focus", "click"]) made.addEventListener(kind, fill);
  made.addEventListener("click", () => made.parentElement.classList.toggle("open"));
  made.addEventListener("blur", () => made.parentElement.classList.remove("open"));
  const whole = element("span", { class: "canvas-help-place" });
  whole.append(made, list);
  return whole;
}

// Makes the row of tools for a canvas; refresh() shows what is chosen and what can be done.
export function createTools(canvas) {
  const { brush, kind } = canvas;
  const row = element("div", { class: "canvas-tools", role: "toolbar", "aria-label": "Drawing" });
  const draw = button("Brush", "brush", "B", () => canvas.chooseTool(false));
  const erase = button("Eraser", "eraser", "E", () => canvas.chooseTool(true));
  const size = range("Size of the brush ([ and ], or Ctrl and wheel)", [1, 100], 40, (value) => canvas.setBrush({ step: value }));
  const opacity = range("Opacity of the brush", [5, 100], 100, (value) => canvas.setBrush({ opacity: value / 100 }));
  const colour = element("input", { type: "color", value: brush.colour, title: "Colour", "aria-label": "Colour", class: "canvas-colour" });
  colour.addEventListener("input", () => canvas.setBrush({ colour: colour.value }));
  const undo = button("Undo", "undo", "Ctrl+Z", () => canvas.undo());
  const redo = button("Redo", "redo", "Ctrl+Y", () => canvas.redo());
  const invert = button("Invert the mask", "invert", "", () => canvas.invert());
  const fill = button(kind === "mask" ? "Mask everything" : "Fill with the colour", "fill", "", () => canvas.fill());
  const clear = button("Clear what is drawn", "clear", "", () => canvas.clear());
  const fit = button("Fit into the frame", "fit", "", () => canvas.reset());
  const full = button("Full screen", "full", "", () => canvas.toggleFull());
  const open = button("Choose another picture", "folder", "", () => canvas.choose());
  const remove = button("Remove the picture", "close", "", () => canvas.remove());

  if (kind !== "picture") {
    const look = kind === "colour" ? [colour, size, opacity] : [colour, size];
    const change = kind === "mask" ? [invert, fill, clear] : [fill, clear];
    row.append(group(draw, erase), group(...look), group(undo, redo), group(...change));
  }
  row.append(group(keysHelp(kind), fit, full, open, remove));

  return {
    row,
    refresh() {
      draw.classList.toggle("chosen", !brush.erases);
      erase.classList.toggle("chosen", brush.erases);
      draw.setAttribute("aria-pressed", String(!brush.erases));
      erase.setAttribute("aria-pressed", String(brush.erases));
      undo.disabled = !canvas.drawing.canUndo;
      redo.disabled = !canvas.drawing.canRedo;
      size.value = brush.step;
      full.classList.toggle("chosen", canvas.isFull);
      nameButton(fit, "Fit into the frame", isWanted("Reset Zoom") && keyName("reset"));
      nameButton(full, "Full screen", isWanted("Fullscreen") && keyName("fullscreen"));
      row.classList.toggle("without-help", state.opts.canvas_show_tooltip === false);
    },
  };
}
