// A gamepad in the full page viewer: its first axis goes through the pictures.

import { state } from "./lifecycle.js";

const DEAD_ZONE = 0.3;

export function startLightboxGamepad(box, go) {
  let last = 0;
  const look = (now) => {
    const pads = box.open && state.opts.js_modal_lightbox_gamepad ? navigator.getGamepads?.() ?? [] : [];
    const axis = [...pads].find(Boolean)?.axes[0] ?? 0;
    if (Math.abs(axis) > DEAD_ZONE && now - last > (state.opts.js_modal_lightbox_gamepad_repeat ?? 250)) {
      last = now;
      go(axis < 0 ? -1 : 1);
    }
    if (pads.length) requestAnimationFrame(look);
  };
  window.addEventListener("gamepadconnected", () => requestAnimationFrame(look));
  new MutationObserver(() => box.open && requestAnimationFrame(look)).observe(box, { attributeFilter: ["open"] });
}
