// Mouse, pen and touch on a canvas: one pointer draws, the middle button or F moves, two fingers zoom and move.

import { isWanted, keyName } from "./canvas_keys.js";

const WHEEL = 1.15;
const MODIFIERS = { Shift: "shiftKey", Ctrl: "ctrlKey", Alt: "altKey" };

// Whether the key that a setting names for the wheel is held.
const held = (event, name) => event[MODIFIERS[keyName(name)]];

export function startPointer(canvas) {
  const { frame, view, drawing } = canvas;
  const fingers = new Map();
  let moving = null;

  const pointOf = (event) => {
    const point = view.toPicture(event.clientX, event.clientY);
    if (event.pointerType === "pen" && event.pressure > 0) point.pressure = 0.3 + 0.7 * event.pressure;
    return point;
  };

  const pinch = () => {
    const [one, other] = [...fingers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) || 1 };
  };

  function onDown(event) {
    if (!canvas.loaded || event.target.closest("button")) return;
    canvas.focus();
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      drawing.cancel();
      moving = pinch();
    } else if (event.button === 1 || canvas.holdsMove || (canvas.kind === "picture" && view.moved)) {
      moving = { x: event.clientX, y: event.clientY };
    } else if (event.button === 0 && canvas.kind !== "picture" && fingers.size < 2) {
      drawing.begin(pointOf(event), canvas.strokeBrush());
    } else {
      return;
    }
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
  }

  function onMove(event) {
    canvas.showRing(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (moving && fingers.size === 2) {
      const now = pinch();
      view.move(now.x - moving.x, now.y - moving.y);
      view.zoom(now.apart / moving.apart, now.x, now.y);
      moving = now;
    } else if (moving && fingers.size < 2) {
      view.move(event.clientX - moving.x, event.clientY - moving.y);
      moving = { x: event.clientX, y: event.clientY };
    } else if (drawing.stroke) {
      const events = event.getCoalescedEvents?.() ?? [];
      drawing.extend((events.length ? events : [event]).map(pointOf));
    } else if (canvas.holdsMove) {
      view.move(event.movementX, event.movementY); // F held: no button is needed, as in A1111
    }
  }

  function onUp(event) {
    fingers.delete(event.pointerId);
    moving = null;
    if (!drawing.stroke) return;
    drawing.end();
    canvas.refresh();
  }

  function onWheel(event) {
    const adjusts = held(event, "adjust") && canvas.kind !== "picture" && isWanted("Adjust brush size");
    const zooms = !adjusts && isWanted("Zoom") && (held(event, "zoom") || event.ctrlKey || event.shiftKey);
    if (!canvas.loaded || !(adjusts || zooms)) return;
    event.preventDefault();
    const up = (event.deltaY || event.deltaX) < 0;
    if (adjusts) canvas.stepBrush(up ? 2 : -2, event);
    else view.zoom(up ? WHEEL : 1 / WHEEL, event.clientX, event.clientY);
  }

  frame.addEventListener("pointerdown", onDown);
  frame.addEventListener("pointermove", onMove);
  for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, onUp);
  canvas.place.addEventListener("pointerenter", () => canvas.setHovered(true));
  canvas.place.addEventListener("pointerleave", () => canvas.setHovered(false));
  frame.addEventListener("wheel", onWheel, { passive: false });
  frame.addEventListener("auxclick", (event) => event.preventDefault());
}
