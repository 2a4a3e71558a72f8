// Keys of jobs: Ctrl+Enter generates (while a job runs: interrupts it and starts again), Alt+Enter skips, Esc interrupts.

import { isHotkey } from "./hotkeys.js";
import { generate, interrupt, isRunning, skip } from "./jobs.js";
import { OPEN_LIST } from "./gradio_selectors.js";
import { currentJobTab } from "./tabs.js";

function somethingElseTakesEscape() {
  return document.querySelector(`dialog[open], .context-menu, .canvas-full, ${OPEN_LIST}`) !== null;
}

function onKey(event) {
  const tab = currentJobTab();
  if (!tab || event.isComposing) return;
  if (isHotkey(event, "generate")) {
    if (isRunning(tab)) interrupt(tab, { again: true });
    else generate(tab);
  } else if (isHotkey(event, "skip")) {
    skip(tab);
  } else if (isHotkey(event, "interrupt") && isRunning(tab) && !somethingElseTakesEscape()) {
    interrupt(tab);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

export function startKeyboard() {
  document.addEventListener("keydown", onKey, { capture: true });
}
