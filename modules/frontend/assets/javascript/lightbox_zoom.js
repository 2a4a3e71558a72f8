// Zoom in the full page viewer: the wheel zooms where the pointer is, dragging moves, a double click goes back.

const MOST = 16;
const STEP = 1.2;

const view = { scale: 1, x: 0, y: 0 };
let picture;

function place() {
  picture.style.transform = view.scale === 1 ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  picture.style.cursor = view.scale === 1 ? "" : "grab";
}

export function resetZoom() {
  Object.assign(view, { scale: 1, x: 0, y: 0 });
  place();
}

function zoom(event, box) {
  event.preventDefault();
  const scale = Math.min(MOST, Math.max(1, view.scale * (event.deltaY < 0 ? STEP : 1 / STEP)));
  if (scale === 1) return resetZoom();
  const frame = box.getBoundingClientRect();
  const [x, y] = [event.clientX - frame.left - frame.width / 2, event.clientY - frame.top - frame.height / 2];
  const factor = scale / view.scale;
  Object.assign(view, { scale, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor });
  place();
}

function drag(event) {
  if (view.scale === 1 || event.button !== 0) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  const start = { x: event.clientX - view.x, y: event.clientY - view.y };
  const move = (moved) => {
    Object.assign(view, { x: moved.clientX - start.x, y: moved.clientY - start.y });
    place();
  };
  picture.addEventListener("pointermove", move);
  picture.addEventListener("pointerup", () => picture.removeEventListener("pointermove", move), { once: true });
}

export function startLightboxZoom(box, image) {
  picture = image;
  box.addEventListener("wheel", (event) => zoom(event, box), { passive: false });
  image.addEventListener("pointerdown", drag);
  image.addEventListener("dblclick", resetZoom);
}
