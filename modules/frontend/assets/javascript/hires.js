// Hires. fix and refiner: what their headers say, which controls count, which rows are shown.

import { byId } from "./dom.js";
import { onOptionsChanged, state } from "./lifecycle.js";

const MULTIPLE = 8; // of the sides of a picture
const OLD_AREA = 512 * 512;
const OLD_MULTIPLE = 64;

const floor = (side) => Math.floor(side / MULTIPLE) * MULTIPLE;

// The sizes of the first pass and of the finished picture; modules/generation/hires.py has the same rules.
export function hiresSizes(width, height, scale, wide, high, old = false) {
  if (old) {
    [wide, high] = [width, height];
    const share = Math.sqrt(OLD_AREA / (width * height));
    [width, height] = [width, height].map((side) => Math.ceil((share * side) / OLD_MULTIPLE) * OLD_MULTIPLE);
  }
  return { from: [floor(width), floor(height)], to: finalSize(width, height, scale, wide, high) };
}

function finalSize(width, height, scale, wide, high) {
  if (!wide && !high) return [floor(Math.trunc(width * scale)), floor(Math.trunc(height * scale))];
  const byWidth = [wide, Math.floor((wide * height) / width)];
  const byHeight = [Math.floor((high * width) / height), high];
  if (!high || !wide) return (high ? byHeight : byWidth).map(floor);
  // Larger than wanted in one direction: what is over is cut off.
  const covering = width / height < wide / high ? byWidth : byHeight;
  return [floor(covering[0]) - floor(covering[0] - wide), floor(covering[1]) - floor(covering[1] - high)];
}

function setInactive(id, inactive) {
  byId(id)?.classList.toggle("inactive", inactive);
}

// Called by Gradio when one of the values changes; gives back what the header says.
export function hiresChanged(tab, width, height, scale, wide, high) {
  setInactive(`${tab}_hr_scale`, Boolean(wide || high));
  setInactive(`${tab}_hr_resize_x`, !wide);
  setInactive(`${tab}_hr_resize_y`, !high);
  if (![width, height, scale].every((value) => value > 0)) return [""];
  const { from, to } = hiresSizes(width, height, scale, wide, high, state.opts.use_old_hires_fix_width_height);
  return [`<span>from <b>${from.join("x")}</b> to <b>${to.join("x")}</b></span>`];
}

// Called by Gradio when the second pass gets something of its own: then its row is shown, whatever the settings say.
export function hiresOwnChanged(tab, checkpoint, sampler, schedule, prompt, negativePrompt, cfgScale) {
  const own = (value) => Boolean(value) && !String(value).startsWith("Use same ");
  if ([checkpoint, sampler, schedule].some(own)) byId(`${tab}_hires_fix_row3`)?.classList.add("used");
  if (prompt || negativePrompt || cfgScale) byId(`${tab}_hires_fix_row4`)?.classList.add("used");
}

function showRows(tab) {
  byId(`${tab}_hires_fix_row3`).classList.toggle("wanted", Boolean(state.opts.hires_fix_show_sampler));
  byId(`${tab}_hires_fix_row4`).classList.toggle("wanted", Boolean(state.opts.hires_fix_show_prompts));
}

// Called by Gradio when the refiner's checkpoint changes.
export const refinerChanged = (title) => [title && title !== "None" ? "" : "<span>no checkpoint chosen</span>"];

export function startHires(tab) {
  showRows(tab);
  onOptionsChanged(() => showRows(tab));
}
