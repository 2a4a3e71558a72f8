// Pictures into a canvas and out of it: files, drops, what the server gets.

const LARGEST_SIDE = 8192;
const FRESH_MS = 12 * 60 * 60 * 1000; // the server keeps uploads for a day

// Turns a file into a bitmap; the message of the error is for people.
export async function decode(blob) {
  if (!blob.type.startsWith("image/") || blob.type.includes("svg")) {
    throw new Error("This is no picture that can be used: take a PNG, JPEG, WebP, AVIF or GIF file.");
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    throw new Error("This picture cannot be read: it is damaged, or of a kind that this browser does not know.");
  }
  if (Math.max(bitmap.width, bitmap.height) > LARGEST_SIDE) {
    throw new Error(`This picture has ${bitmap.width}x${bitmap.height} pixels; at most ${LARGEST_SIDE} a side can be used.`);
  }
  return bitmap;
}

export const pictureFile = (files) => [...(files ?? [])].find((file) => file.type.startsWith("image/")) ?? files?.[0];

// What was dropped: a file, or a picture of this page.
export async function droppedPicture(transfer) {
  const file = pictureFile(transfer.files);
  if (file) return file;
  const address = transfer.getData("text/uri-list").split("\n")[0] || transfer.getData("text/plain");
  if (!address) return null;
  try {
    return await (await fetch(address)).blob();
  } catch {
    throw new Error("The picture cannot be taken from there; save it and drop the file.");
  }
}

export const toPng = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

// Remembers what has been sent, so that nothing is sent twice.
export class Upload {
  constructor() {
    this.revision = null;
  }

  // Returns the name of the file on the server; `make` gives the blob if this revision is not there yet.
  async send(revision, make) {
    if (this.revision !== revision || Date.now() - this.at > FRESH_MS) {
      this.revision = revision;
      this.at = Date.now();
      this.name = make().then(send);
      this.name.catch(() => (this.revision = null));
    }
    return this.name;
  }
}

async function send(blob) {
  const form = new FormData();
  const extension = blob.type.split("/")[1]?.replace(/\W.*/, "") || "png";
  form.append("files", blob, `picture.${extension}`);
  const reply = await fetch("gradio_api/upload", { method: "POST", body: form });
  if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
  return (await reply.json())[0];
}
