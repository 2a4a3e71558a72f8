// The prompts that cards write into: which one was typed in last, and what a click does to them.

import { field, setField } from "./dom.js";
import { state } from "./lifecycle.js";
import { isIn, plain, read, toggled } from "./network_tags.js";
import { countTokens } from "./token_counter.js";

const NEGATIVE = "neg_prompt";
const latest = {};

const prompt = (tab, name) => field(`${tab}_${name}`);
const separator = () => state.opts.extra_networks_add_text_separator ?? " ";

// The prompt that a network of a page goes into: only some pages take the negative one.
const targetOf = (tab, allowsNegative) => (allowsNegative ? (latest[tab] ?? "prompt") : "prompt");

export function toggleNetwork(tab, insertion, allowsNegative) {
  const name = targetOf(tab, allowsNegative);
  const before = { target: prompt(tab, name).value, negative: prompt(tab, NEGATIVE).value };
  const after = toggled(before, insertion, separator());
  setField(`${tab}_${name}`, after.target);
  if (name !== NEGATIVE) setField(`${tab}_${NEGATIVE}`, after.negative);
  countTokens(tab);
}

export function isInPrompts(tab, insertion, allowsNegative) {
  const names = allowsNegative ? ["prompt", NEGATIVE] : ["prompt"];
  return names.some((name) => isIn(prompt(tab, name)?.value ?? "", insertion));
}

export function insertionOf(card) {
  return card.dataset.insert ? read(JSON.parse(card.dataset.insert), state.opts) : null;
}

// As A1111's scripts call it.
export function cardClicked(tab, text, negative = "", allowsNegative = false) {
  toggleNetwork(tab, plain(String(text), String(negative ?? "")), allowsNegative);
}

export function startPromptTracking(tab, onChange) {
  for (const name of ["prompt", NEGATIVE]) {
    const box = prompt(tab, name);
    box.addEventListener("focus", () => (latest[tab] = name));
    box.addEventListener("input", onChange);
    box.addEventListener("change", onChange);
  }
}
