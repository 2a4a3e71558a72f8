// Tells that pictures are done to somebody who looks elsewhere: a sound, and a notification if the browser may show one.

import { byId } from "./dom.js";
import { galleryButtons } from "./gallery.js";
import { PREVIEW_IMAGE } from "./gradio_selectors.js";
import { state } from "./lifecycle.js";

const OWN_SOUND = "notification.mp3";
const TONES = [[660, 0], [880, 0.16]];
const SECONDS = 0.35;

let shown = "";

// Called when a job has brought its pictures.
export function picturesArrived(tab) {
  const first = byId(`${tab}_gallery`)?.querySelector(PREVIEW_IMAGE)?.src ?? "";
  if (!first || first === shown) return;
  shown = first;
  if (document.hasFocus() && !document.hidden) return;
  if (state.opts.notification_audio !== false) playSound();
  notify(tab, first);
}

// The person's own sound, or two tones.
async function playSound() {
  const volume = Math.min(1, Math.max(0, (state.opts.notification_volume ?? 100) / 100));
  const own = document.getElementById("audio_notification") ?? new Audio(`file=${OWN_SOUND}`);
  own.volume = volume;
  try {
    await own.play();
  } catch {
    playTones(volume);
  }
}

function playTones(volume) {
  const context = new AudioContext();
  for (const [frequency, begin] of TONES) {
    const tone = new OscillatorNode(context, { frequency });
    const loudness = new GainNode(context, { gain: 0 });
    const start = context.currentTime + begin;
    loudness.gain.setTargetAtTime(volume * 0.2, start, 0.02);
    loudness.gain.setTargetAtTime(0, start + SECONDS / 2, 0.08);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + SECONDS * 2);
  }
  setTimeout(() => context.close(), 2000);
}

function notify(tab, icon) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const count = Math.max(1, galleryButtons(tab).length);
  const notification = new Notification("Easel", { body: `${count} ${count === 1 ? "picture is" : "pictures are"} done.`, icon });
  notification.addEventListener("click", () => {
    window.focus();
    notification.close();
  });
}
