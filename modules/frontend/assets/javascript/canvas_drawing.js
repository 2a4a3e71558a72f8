// What is drawn on a picture: strokes in the picture's own pixels, undo and redo.

const MOST_BYTES = 256 * 2 ** 20; // of what undo remembers

export class Drawing {
  // `canvas` holds what is drawn; `above` shows a translucent stroke while it is being drawn.
  constructor(canvas, above) {
    this.canvas = canvas;
    this.above = above;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.contextAbove = above.getContext("2d");
    this.before = document.createElement("canvas");
    this.contextBefore = this.before.getContext("2d", { willReadFrequently: true });
    this.reset(0, 0);
  }

  reset(width, height) {
    for (const canvas of [this.canvas, this.above, this.before]) [canvas.width, canvas.height] = [width, height];
    this.past = [];
    this.future = [];
    this.stroke = null;
    this.revision = 0;
    this.drawn = false;
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  // brush: { size, colour, opacity, erases }. Points are { x, y, pressure }, in pixels of the picture.
  begin(point, brush) {
    const onTop = !brush.erases && brush.opacity < 1;
    const context = onTop ? this.contextAbove : this.context;
    if (!onTop) {
      this.contextBefore.globalCompositeOperation = "copy";
      this.contextBefore.drawImage(this.canvas, 0, 0);
    }
    this.above.style.opacity = onTop ? brush.opacity : 1;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = brush.colour;
    context.globalCompositeOperation = brush.erases ? "destination-out" : "source-over";
    this.stroke = { brush, onTop, context, last: point, box: [Infinity, Infinity, -Infinity, -Infinity] };
    this.extend([point]);
  }

  extend(points) {
    const { brush, context, box } = this.stroke;
    for (const point of points) {
      const { last } = this.stroke;
      const width = Math.max(1, brush.size * (point.pressure ?? 1));
      context.lineWidth = width;
      context.beginPath();
      if (last === point) {
        context.arc(point.x, point.y, width / 2, 0, 2 * Math.PI); // a line without length would not be seen
        context.fill();
      } else {
        context.moveTo(last.x, last.y);
        context.lineTo(point.x, point.y);
        context.stroke();
      }
      for (const { x, y } of [last, point]) {
        box[0] = Math.min(box[0], x - width);
        box[1] = Math.min(box[1], y - width);
        box[2] = Math.max(box[2], x + width);
        box[3] = Math.max(box[3], y + width);
      }
      this.stroke.last = point;
    }
  }

  end() {
    if (!this.stroke) return;
    const { onTop, brush, box } = this.stroke;
    this.stroke = null;
    this.context.globalCompositeOperation = "source-over";
    const area = this.clip(box);
    if (!area) return;
    const [x, y, width, height] = area;
    const source = onTop ? this.context : this.contextBefore;
    this.remember(x, y, source.getImageData(x, y, width, height));
    if (onTop) {
      this.context.globalAlpha = brush.opacity;
      this.context.drawImage(this.above, x, y, width, height, x, y, width, height);
      this.context.globalAlpha = 1;
      this.contextAbove.clearRect(0, 0, this.above.width, this.above.height);
    }
  }

  // Takes back a stroke that is being drawn, because a second finger came down.
  cancel() {
    if (!this.stroke) return;
    this.end();
    this.undo();
    this.future = [];
  }

  clip([left, top, right, bottom]) {
    const x = Math.max(0, Math.floor(left));
    const y = Math.max(0, Math.floor(top));
    const width = Math.min(this.canvas.width, Math.ceil(right)) - x;
    const height = Math.min(this.canvas.height, Math.ceil(bottom)) - y;
    return width > 0 && height > 0 ? [x, y, width, height] : null;
  }

  remember(x, y, data) {
    this.past.push({ x, y, data });
    this.future = [];
    this.revision += 1;
    this.drawn = true;
    let bytes = this.past.reduce((sum, step) => sum + step.data.data.length, 0);
    while (bytes > MOST_BYTES && this.past.length > 1) bytes -= this.past.shift().data.data.length;
  }

  undo() {
    this.swap(this.past, this.future);
  }

  redo() {
    this.swap(this.future, this.past);
  }

  swap(from, to) {
    const step = from.pop();
    if (!step || this.stroke) return;
    const { x, y, data } = step;
    to.push({ x, y, data: this.context.getImageData(x, y, data.width, data.height) });
    this.context.putImageData(data, x, y);
    this.revision += 1;
  }

  // Runs `paint(context, width, height)` on the whole as one step.
  change(paint) {
    const { width, height } = this.canvas;
    if (!width || this.stroke) return;
    this.remember(0, 0, this.context.getImageData(0, 0, width, height));
    this.context.save();
    paint(this.context, width, height);
    this.context.restore();
  }

  clear() {
    this.change((context, width, height) => context.clearRect(0, 0, width, height));
  }

  fill(colour, opacity = 1) {
    this.change((context, width, height) => {
      context.globalAlpha = opacity;
      context.fillStyle = colour;
      context.fillRect(0, 0, width, height);
    });
  }

  invert(colour) {
    this.change((context, width, height) => {
      context.globalCompositeOperation = "xor";
      context.fillStyle = colour;
      context.fillRect(0, 0, width, height);
    });
  }

  // Gives all that is drawn another colour; for masks, whose colour means nothing.
  recolour(colour) {
    this.context.save();
    this.context.globalCompositeOperation = "source-in";
    this.context.fillStyle = colour;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.restore();
    for (const step of [...this.past, ...this.future]) recolourPixels(step.data.data, colour);
  }
}

function recolourPixels(pixels, colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  for (let i = 0; i < pixels.length; i += 4) {
    if (!pixels[i + 3]) continue;
    pixels[i] = red;
    pixels[i + 1] = green;
    pixels[i + 2] = blue;
  }
}
