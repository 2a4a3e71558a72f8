// The buttons and sliders over a canvas.

import { element } from "./dom.js";

function button(name, icon, key, action) {
  const title = key ? `${name} (${key})` : name;
  const made = element("button", { type: "button", class: `tool icon-${icon}`, title, "aria-label": title });
  made.addEventListener("click", action);
  return made;
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

// Makes the row of tools for a canvas; refresh() shows what is chosen and what can be done.
export function createTools(canvas) {
  const { brush, kind } = canvas;
  const row = element("div", { class: "canvas-tools", role: "toolbar", "aria-label": "Drawing" });
  const choose = (erases) => {
    brush.erases = erases;
    canvas.refresh();
  };
  const draw = button("Brush", "brush", "B", () => choose(false));
  const erase = button("Eraser", "eraser", "E", () => choose(true));
  const size = range("Size of the brush ([ and ], or Ctrl and wheel)", [1, 100], 40, (value) => canvas.setBrush({ step: value }));
  const opacity = range("Opacity of the brush", [5, 100], 100, (value) => canvas.setBrush({ opacity: value / 100 }));
  const colour = element("input", { type: "color", value: brush.colour, title: "Colour", "aria-label": "Colour", class: "canvas-colour" });
  colour.addEventListener("input", () => canvas.setBrush({ colour: colour.value }));
  const undo = button("Undo", "undo", "Ctrl+Z", () => canvas.undo());
  const redo = button("Redo", "redo", "Ctrl+Y", () => canvas.redo());
  const invert = button("Invert the mask", "invert", "", () => canvas.invert());
  const fill = button(kind === "mask" ? "Mask everything" : "Fill with the colour", "fill", "", () => canvas.fill());
  const clear = button("Clear what is drawn", "clear", "", () => canvas.clear());
  const fit = button("Fit into the frame", "fit", "R", () => canvas.view.fit());
  const full = button("Full screen", "full", "S", () => canvas.toggleFull());
  const open = button("Choose another picture", "folder", "", () => canvas.choose());
  const remove = button("Remove the picture", "close", "", () => canvas.remove());

  if (kind !== "picture") {
    const look = kind === "colour" ? [colour, size, opacity] : [colour, size];
    const change = kind === "mask" ? [invert, fill, clear] : [fill, clear];
    row.append(group(draw, erase), group(...look), group(undo, redo), group(...change));
  }
  row.append(group(fit, full, open, remove));

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
    },
  };
}
