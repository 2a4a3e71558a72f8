// Buttons that need no server: swap, dice, recycle, clear; and a size pasted as "1024x768".

import { byId, field, setField, showLogLine } from "./dom.js";
import { generationInfo, selectedIndex } from "./gallery.js";
import { countTokens } from "./token_counter.js";

export function switchWidthHeight(tab) {
  const width = field(`${tab}_width`).value;
  setField(`${tab}_width`, field(`${tab}_height`).value);
  setField(`${tab}_height`, width);
}

export const setRandomSeed = (id) => setField(id, "-1");

function reuseSeed(tab, kind = "seed") {
  const seed = generationInfo(tab)?.[`gallery_${kind}s`]?.[Math.max(0, selectedIndex(tab))];
  if (seed === undefined) showLogLine(tab, "There is no picture yet whose seed could be used.", "comments");
  else setField(`${tab}_${kind}`, seed);
}

function clearPrompts(tab) {
  const both = [`${tab}_prompt`, `${tab}_neg_prompt`];
  if (!both.some((id) => field(id).value) || !confirm("Delete both prompts?")) return;
  for (const id of both) setField(id, "");
  countTokens(tab);
}

function pasteSize(tab, event) {
  const size = event.clipboardData?.getData("text").match(/^\s*(\d{2,5})\s*[x×*]\s*(\d{2,5})\s*$/i);
  if (!size) return;
  event.preventDefault();
  setField(`${tab}_width`, size[1]);
  setField(`${tab}_height`, size[2]);
}

export function startSizeAndSeed(tab) {
  const press = (name, action) => byId(`${tab}_${name}`).addEventListener("click", () => action(tab));
  press("res_switch_btn", switchWidthHeight);
  press("random_seed", () => setRandomSeed(`${tab}_seed`));
  press("reuse_seed", () => reuseSeed(tab));
  press("random_subseed", () => setRandomSeed(`${tab}_subseed`));
  press("reuse_subseed", () => reuseSeed(tab, "subseed"));
  press("clear_prompt", clearPrompts);
  for (const name of ["width", "height"]) {
    byId(`${tab}_${name}`).addEventListener("paste", (event) => pasteSize(tab, event));
  }
}
