// A picture that may be drawn on: two canvases in the picture's own size, one for it, one for what is drawn.

import { decode, droppedPicture, pictureFile, toPng, Upload } from "./canvas_files.js";
import { Drawing } from "./canvas_drawing.js";
import { inText, isKey, onCanvasKey } from "./canvas_keys.js";
import { startPointer } from "./canvas_pointer.js";
import { createTools } from "./canvas_tools.js";
import { CanvasView } from "./canvas_view.js";
import { byId, element, isVisible } from "./dom.js";
import { state, whenThere } from "./lifecycle.js";

const EMPTY = "Drop a picture here, paste one, or click to choose";
const MESSAGE_MS = 8000;
const RATIO_MS = 1500;
const LEAST_HEIGHT = 220;
const SHARE_OF_WINDOW = 0.5; // of its height, for the tallest frame

const all = new Map();
const ready = new Map();

export class PaintCanvas {
  constructor(id, place) {
    this.id = id;
    this.kind = place.dataset.kind;
    this.label = place.dataset.label;
    this.brush = { step: 40, size: 40, colour: place.dataset.colour, opacity: 1, erases: false };
    this.loaded = false;
    this.holdsMove = false;
    this.isFull = false;
    this.build(place);
    this.view = new CanvasView(this.frame, this.stage);
    this.drawing = new Drawing(this.drawn, this.above);
    this.view.onChange = () => this.showRing(null);
    new ResizeObserver(() => requestAnimationFrame(() => this.grow())).observe(place);
    this.tools = createTools(this);
    place.prepend(this.tools.row);
    startPointer(this);
    this.listen();
    this.refresh();
  }

  build(place) {
    this.place = place;
    this.picture = element("canvas", { class: "canvas-picture" });
    this.drawn = element("canvas", { class: "canvas-drawn" });
    this.above = element("canvas", { class: "canvas-above" });
    this.stage = element("div", { class: "canvas-stage" });
    this.stage.append(this.picture, this.drawn, this.above);
    this.ring = element("div", { class: "canvas-ring" });
    this.said = element("div", { class: "canvas-said", role: "status" });
    this.empty = element("button", { type: "button", class: "canvas-empty" });
    this.empty.append(element("strong", {}, this.label), element("span", {}, EMPTY));
    this.frame = element("div", { class: "canvas-frame", tabindex: "-1", role: "group", "aria-label": this.label });
    this.frame.append(this.stage, this.ring, this.empty, this.said);
    this.input = element("input", { type: "file", accept: "image/*", hidden: "", "aria-label": this.label });
    place.append(this.frame, this.input);
  }

  listen() {
    this.empty.addEventListener("click", () => this.choose());
    this.input.addEventListener("change", () => {
      if (this.input.files[0]) this.tryLoad(this.input.files[0]);
      this.input.value = "";
    });
    const over = (event, on) => {
      event.preventDefault();
      event.stopPropagation();
      this.place.classList.toggle("dropping", on);
    };
    this.frame.addEventListener("dragover", (event) => over(event, true));
    this.frame.addEventListener("dragleave", (event) => over(event, false));
    this.frame.addEventListener("drop", async (event) => {
      over(event, false);
      try {
        const blob = await droppedPicture(event.dataTransfer);
        if (blob) await this.load(blob);
      } catch (error) {
        this.say(error.message);
      }
    });
  }

  choose() {
    this.input.click();
  }

  async tryLoad(blob) {
    try {
      await this.load(blob);
    } catch (error) {
      this.say(error.message);
    }
  }

  // Shows a picture (a Blob) with nothing drawn on it. Throws an error for people.
  async load(blob) {
    const bitmap = await decode(blob);
    const { width, height } = bitmap;
    [this.picture.width, this.picture.height] = [width, height];
    this.picture.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    for (const side of ["width", "height"]) this.stage.style[side] = `${this.picture[side]}px`;
    this.drawing.reset(width, height);
    this.blob = blob;
    this.loaded = true;
    this.pictureUpload = new Upload();
    this.drawingUpload = new Upload();
    this.place.classList.add("loaded");
    this.place.style.setProperty("--mask-opacity", (state.opts.img2img_inpaint_mask_scribble_alpha ?? 75) / 100);
    this.say("");
    this.grow();
    this.setBrush({ step: this.brush.step });
    this.view.setSize(width, height);
    this.refresh();
    this.onLoad?.();
    this.pictureUpload.send(0, async () => blob).catch(() => {}); // told when it is needed
  }

  remove() {
    if (this.isFull) this.toggleFull();
    this.place.classList.remove("canvas-overlap");
    this.loaded = false;
    this.blob = null;
    this.drawing.reset(0, 0);
    this.place.classList.remove("loaded");
    this.grow();
    this.refresh();
    this.onLoad?.();
  }

  get size() {
    return this.loaded ? [this.picture.width, this.picture.height] : null;
  }

  // Makes the frame as high as the picture wants, if the settings say so.
  grow() {
    const most = Math.min(Number(state.opts.img2img_editor_height) || 720, innerHeight * SHARE_OF_WINDOW);
    let height = "";
    if (this.loaded && this.frame.clientWidth && state.opts.canvas_auto_expand !== false) {
      const wanted = (this.frame.clientWidth * this.picture.height) / this.picture.width;
      height = `${Math.round(Math.max(Math.min(LEAST_HEIGHT, most), Math.min(wanted, most)))}px`;
    }
    this.place.style.setProperty("--canvas-height", height);
    this.place.style.setProperty("--canvas-most", `${most}px`);
  }

  say(text) {
    clearTimeout(this.timer);
    this.said.textContent = text;
    if (text) this.timer = setTimeout(() => this.say(""), MESSAGE_MS);
  }

  refresh() {
    this.tools.refresh();
  }

  focus() {
    if (document.activeElement !== this.frame) this.frame.focus({ preventScroll: true });
  }

  // The slider goes by steps 1..100: up to a quarter of the picture's longer side, finer at the small end.
  setBrush(change) {
    Object.assign(this.brush, change);
    const longest = Math.max(this.picture.width, this.picture.height) || 512;
    this.brush.size = Math.max(1, Math.round(1 + (longest / 4) * (this.brush.step / 100) ** 2 * 1.6));
    if (change.colour && this.kind === "mask" && this.loaded) this.drawing.recolour(change.colour);
    this.showRing(null);
    this.refresh();
  }

  stepBrush(by) {
    this.setBrush({ step: Math.min(100, Math.max(1, this.brush.step + by)) });
  }

  strokeBrush() {
    const { size, colour, erases } = this.brush;
    return { size, colour, erases, opacity: this.kind === "mask" ? 1 : this.brush.opacity };
  }

  // The ring that shows how large the brush is.
  showRing(event) {
    if (event) this.at = [event.clientX, event.clientY];
    if (!this.at || !this.loaded || this.kind === "picture") return;
    const box = this.frame.getBoundingClientRect();
    const size = this.brush.size * this.view.scale;
    this.ring.style.width = this.ring.style.height = `${size}px`;
    this.ring.style.transform = `translate(${this.at[0] - box.left - size / 2}px, ${this.at[1] - box.top - size / 2}px)`;
  }

  // Shows for a moment which part of the picture has the proportions of a size.
  showRatio(width, height) {
    if (!this.loaded || !(width > 0 && height > 0)) return;
    const [wide, high] = this.size;
    const scale = Math.min(wide / width, high / height) * this.view.scale;
    const [w, h] = [width * scale, height * scale];
    byId("imageARPreview")?.remove();
    const shape = element("div", { id: "imageARPreview" });
    shape.style.width = `${w}px`;
    shape.style.height = `${h}px`;
    const [left, top] = [this.view.x + (wide * this.view.scale - w) / 2, this.view.y + (high * this.view.scale - h) / 2];
    shape.style.transform = `translate(${left}px, ${top}px)`;
    this.frame.append(shape);
    clearTimeout(this.ratioTimer);
    this.ratioTimer = setTimeout(() => shape.remove(), RATIO_MS);
  }

  setHovered(hovered) {
    this.hovered = hovered;
    if (hovered && this.loaded && state.opts.canvas_blur_prompt && inText(document.activeElement)) this.focus();
    if (!hovered) this.setMoving(false);
  }

  setMoving(on) {
    this.holdsMove = on;
    this.place.classList.toggle("moving", on);
  }

  toggleFull() {
    this.isFull = !this.isFull;
    this.place.classList.toggle("canvas-full", this.isFull);
    this.refresh();
    requestAnimationFrame(() => this.view.fit());
  }

  toggleOverlap() {
    this.place.classList.toggle("canvas-overlap");
  }

  reset() {
    this.place.classList.remove("canvas-overlap");
    this.view.fit();
  }

  chooseTool(erases) {
    this.brush.erases = erases;
    this.refresh();
  }

  step(action) {
    action();
    this.refresh();
  }
  undo() {
    this.step(() => this.drawing.undo());
  }
  redo() {
    this.step(() => this.drawing.redo());
  }
  clear() {
    this.step(() => this.drawing.clear());
  }
  invert() {
    this.step(() => this.drawing.invert(this.brush.colour));
  }
  fill() {
    this.step(() => this.drawing.fill(this.brush.colour, this.strokeBrush().opacity));
  }

  // The picture with what is drawn on it.
  async flattened() {
    if (this.kind !== "colour" || !this.drawing.drawn) return this.blob;
    const whole = element("canvas");
    [whole.width, whole.height] = this.size;
    const context = whole.getContext("2d");
    context.drawImage(this.picture, 0, 0);
    context.drawImage(this.drawn, 0, 0);
    return toPng(whole);
  }

  // The names of the files on the server: of the picture, and of what is drawn.
  async uploaded() {
    if (!this.loaded) return { picture: null, drawing: null };
    this.drawing.end();
    const picture = this.pictureUpload.send(0, async () => this.blob);
    const drawing = this.drawing.drawn ? this.drawingUpload.send(this.drawing.revision, () => toPng(this.drawn)) : null;
    return { picture: await picture, drawing: await drawing };
  }
}

// A canvas that is in the page or will be.
export function canvasReady(id) {
  if (!ready.has(id)) {
    const made = new Promise((done) => {
      whenThere([`#${id} .easel-canvas`], () => {
        all.set(id, new PaintCanvas(id, byId(id).querySelector(".easel-canvas")));
        done(all.get(id));
      });
    });
    ready.set(id, made);
  }
  return ready.get(id);
}

export const canvasIfThere = (id) => all.get(id) ?? null;

// The canvas that keys are for: the one that fills the window, else the one under the pointer, else the one in use.
function canvasOfKeys() {
  const canvases = [...all.values()];
  const isIt = [(one) => one.isFull, (one) => one.hovered, (one) => one.place.contains(document.activeElement)];
  return isIt.map((test) => canvases.find(test)).find(Boolean);
}

function onKey(event) {
  const canvas = canvasOfKeys();
  if (!canvas?.loaded || inText(document.activeElement) || event.isComposing || !onCanvasKey(canvas, event)) return;
  event.preventDefault();
  event.stopPropagation();
}

// A pasted picture goes into the first empty field that is seen, else into the last one.
function onPaste(event) {
  const file = pictureFile(event.clipboardData?.files);
  if (!file?.type.startsWith("image/")) return;
  const seen = [...all.values()].filter((canvas) => isVisible(canvas.frame));
  const canvas = seen.find((one) => !one.loaded) ?? seen.at(-1);
  if (!canvas) return;
  event.preventDefault();
  canvas.tryLoad(file);
}

export function startCanvases() {
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("keyup", (event) => {
    if (isKey(event, "move")) for (const canvas of all.values()) canvas.setMoving(false);
  });
  document.addEventListener("paste", onPaste, { capture: true });
}
