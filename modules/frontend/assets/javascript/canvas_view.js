// Where the picture is in its frame: fitted, or zoomed and moved.

const LEAST = 0.1; // times the fitted size
const MOST = 15;
const CRISP = 5; // from so many screen pixels a pixel on, pixels are shown as squares

export class CanvasView {
  constructor(frame, stage) {
    this.frame = frame;
    this.stage = stage;
    this.size = [0, 0];
    this.moved = false;
    [this.scale, this.x, this.y] = [1, 0, 0];
    new ResizeObserver(() => (this.moved ? this.apply() : this.fit())).observe(frame);
  }

  setSize(width, height) {
    this.size = [width, height];
    this.fit();
  }

  get fittedScale() {
    const [width, height] = this.size;
    return Math.min(this.frame.clientWidth / width, this.frame.clientHeight / height) || 1;
  }

  fit() {
    const [width, height] = this.size;
    if (!width || !this.frame.clientWidth) return;
    this.scale = this.fittedScale;
    this.x = (this.frame.clientWidth - width * this.scale) / 2;
    this.y = (this.frame.clientHeight - height * this.scale) / 2;
    this.moved = false;
    this.apply();
  }

  apply() {
    this.stage.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("crisp", this.scale >= CRISP);
    this.onChange?.();
  }

  // Zooms by a factor and keeps the point (of the window) where it is.
  zoom(factor, clientX, clientY) {
    const box = this.frame.getBoundingClientRect();
    const fitted = this.fittedScale;
    const scale = Math.min(MOST * fitted, Math.max(LEAST * fitted, this.scale * factor));
    const [x, y] = [clientX - box.left, clientY - box.top];
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.moved = true;
    this.apply();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.moved = true;
    this.apply();
  }

  // From a point of the window to the picture's pixels.
  toPicture(clientX, clientY) {
    const box = this.frame.getBoundingClientRect();
    return { x: (clientX - box.left - this.x) / this.scale, y: (clientY - box.top - this.y) / this.scale };
  }
}
