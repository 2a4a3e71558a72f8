// Keys that edit a prompt: weights and the order of its elements.

import { field, updateInput } from "./dom.js";
import { isHotkey } from "./hotkeys.js";
import { onOptionsChanged, state } from "./lifecycle.js";
import { moveElements } from "./prompt_elements.js";
import { changeWeight } from "./prompt_weights.js";
import { GENERATION_TABS } from "./tabs.js";

const PROMPT = ".prompt textarea, textarea.prompt";
const WHITE = { Tab: "\t", "Carriage Return": "\r", "Line Feed": "\n" };

const ACTIONS = {
  weight_up: (box) => weigh(box, 1),
  weight_down: (box) => weigh(box, -1),
  move_left: (box) => move(box, -1),
  move_right: (box) => move(box, 1),
};

function weigh(box, direction) {
  const opts = state.opts;
  const white = (opts.keyedit_delimiters_whitespace ?? []).map((name) => WHITE[name] ?? "");
  return changeWeight(box.value, box.selectionStart, box.selectionEnd, direction, {
    steps: { bracket: opts.keyedit_precision_attention ?? 0.1, network: opts.keyedit_precision_extra ?? 0.05 },
    delimiters: (opts.keyedit_delimiters ?? "") + white.join(""),
  });
}

function move(box, direction) {
  if (!state.opts.keyedit_move) return undefined;
  return moveElements(box.value, box.selectionStart, box.selectionEnd, direction);
}

// Writes as if it were typed, so that the browser's undo takes it back.
function write(box, changed) {
  if (changed.text !== box.value) {
    const [begin, end, inserted] = difference(box.value, changed.text);
    box.setSelectionRange(begin, end);
    const typed = document.execCommand(inserted ? "insertText" : "delete", false, inserted);
    if (!typed || box.value !== changed.text) {
      box.value = changed.text;
      updateInput(box);
    }
  }
  box.setSelectionRange(changed.begin, changed.end);
}

// The part that changed: from where to where, and what takes its place.
function difference(old, now) {
  let begin = 0;
  while (begin < old.length && old[begin] === now[begin]) begin++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - begin && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [begin, old.length - tail, now.slice(begin, now.length - tail)];
}

function onKey(event) {
  const box = event.target;
  if (event.isComposing || !(box instanceof HTMLTextAreaElement) || !box.matches(PROMPT)) return;
  const name = Object.keys(ACTIONS).find((action) => isHotkey(event, action));
  if (!name) return;
  const changed = ACTIONS[name](box);
  if (changed === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (changed) write(box, changed);
}

// The empty prompt says which keys there are.
function showKeys() {
  const said = [["generate", "generates"], ["skip", "skips"], ["interrupt", "interrupts"]]
    .filter(([name]) => state.opts[`hotkey_${name}`])
    .map(([name, does]) => `${state.opts[`hotkey_${name}`]} ${does}`);
  const hint = `Prompt${said.length ? ` (${said.join(", ")})` : ""}`;
  for (const tab of GENERATION_TABS) field(`${tab}_prompt`)?.setAttribute("placeholder", hint);
}

export function startPromptKeys() {
  showKeys();
  onOptionsChanged(showKeys);
  document.addEventListener("keydown", onKey, { capture: true });
}
