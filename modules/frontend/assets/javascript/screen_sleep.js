// While a job of this page runs, the screen stays awake, if a setting wants that and the browser can do it.

import { state } from "./lifecycle.js";

const running = new Set();
let lock = null;
let asks = false;

async function hold() {
  if (lock || asks || !running.size || document.hidden || !navigator.wakeLock) return;
  if (state.opts.prevent_screen_sleep_during_generation === false) return;
  asks = true;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => (lock = null));
    if (!running.size) lock.release();
  } catch {
    lock = null; // the browser may refuse, as with a low battery
  }
  asks = false;
}

export function jobRuns(tab) {
  running.add(tab);
  hold();
}

export function jobEnded(tab) {
  running.delete(tab);
  if (!running.size) lock?.release();
}

// A page that is hidden loses its lock.
document.addEventListener("visibilitychange", hold);
