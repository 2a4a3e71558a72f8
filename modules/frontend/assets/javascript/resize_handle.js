// The handle between the two columns: drag it, move it with the arrow keys, double-click to put it back.

import { byId, element } from "./dom.js";
import { localGet, localRemove, localSet } from "./task_store.js";

const SMALLEST = 320;
const STEP = 24;
const key = (tab) => `easel_left_column_${tab}`;

function setLeft(tab, columns, pixels) {
  const widest = columns.clientWidth - SMALLEST - 17;
  const left = Math.round(Math.max(SMALLEST, Math.min(pixels, widest)));
  columns.style.setProperty("--easel-left", `${left}px`);
  localSet(key(tab), left / columns.clientWidth);
}

function reset(tab, columns) {
  columns.style.removeProperty("--easel-left");
  localRemove(key(tab));
}

// Calls `move` with where the edge is to be, in pixels from the window's left, until the button is let go.
function drag(handle, event, edge, move) {
  const offset = event.clientX - edge;
  const onMove = (moved) => moved.buttons && move(moved.clientX - offset);
  const stop = () => {
    handle.removeEventListener("pointermove", onMove);
    handle.classList.remove("dragging");
    document.body.classList.remove("resizing");
  };
  handle.setPointerCapture(event.pointerId);
  handle.classList.add("dragging");
  document.body.classList.add("resizing");
  handle.addEventListener("pointermove", onMove);
  handle.addEventListener("pointerup", stop, { once: true });
  handle.addEventListener("lostpointercapture", stop, { once: true });
}

export function startResizeHandle(tab) {
  const columns = byId(`${tab}_columns`);
  const settings = byId(`${tab}_settings`);
  const handle = element("div", {
    class: "resize-handle",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "vertical",
    "aria-label": "Width of the left column",
  });
  settings.after(handle);
  const share = Number(localGet(key(tab)));
  if (share > 0.1 && share < 0.9) columns.style.setProperty("--easel-left", `${share * 100}%`);

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus();
    drag(handle, event, settings.getBoundingClientRect().right, (right) =>
      setLeft(tab, columns, right - columns.getBoundingClientRect().left),
    );
  });
  handle.addEventListener("dblclick", () => reset(tab, columns));
  handle.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Home") reset(tab, columns);
    else if (direction) setLeft(tab, columns, settings.clientWidth + direction * STEP);
    else return;
    event.preventDefault();
  });
}
