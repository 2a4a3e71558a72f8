// Counts tokens when typing pauses, and marks brackets without a partner.

import { byId, field } from "./dom.js";
import { state } from "./lifecycle.js";

const PAUSE_MS = 500;
const COUNTERS = { prompt: "token", neg_prompt: "negative_token" };
const PAIRS = [["(", ")"], ["[", "]"], ["{", "}"]];

export function bracketProblems(text) {
  const plain = text.replace(/\\./gs, "");
  return PAIRS.flatMap(([open, close]) => {
    const opened = plain.split(open).length - 1;
    const closed = plain.split(close).length - 1;
    return opened === closed ? [] : [`${opened} × ${open} but ${closed} × ${close}`];
  });
}

function markBrackets(tab, name) {
  const problems = bracketProblems(field(`${tab}_${name}`).value);
  const counter = byId(`${tab}_${COUNTERS[name]}_counter`);
  counter.classList.toggle("unbalanced", problems.length > 0);
  const box = byId(`${tab}_${name}`);
  box.classList.toggle("unbalanced", problems.length > 0);
  field(`${tab}_${name}`).title = problems.length ? `Brackets do not match: ${problems.join(", ")}` : "";
}

export function countTokens(tab) {
  for (const name of Object.keys(COUNTERS)) count(tab, name);
}

function count(tab, name) {
  markBrackets(tab, name);
  if (!state.opts.disable_token_counters) byId(`${tab}_${COUNTERS[name]}_button`).click();
}

export function startTokenCounter(tab) {
  for (const name of Object.keys(COUNTERS)) {
    let timer = 0;
    field(`${tab}_${name}`).addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => count(tab, name), PAUSE_MS);
    });
    byId(`${tab}_${COUNTERS[name]}_counter`).hidden = Boolean(state.opts.disable_token_counters);
  }
}
