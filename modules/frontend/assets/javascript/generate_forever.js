// "Generate forever" in the menu of Generate: press it again whenever it is idle.

import { appendContextMenuOption } from "./context_menu.js";
import { generate, isRunning } from "./jobs.js";

const LOOK_MS = 500;
let timer = 0;

function cancel() {
  clearInterval(timer);
  timer = 0;
}

function start(tab) {
  cancel();
  const press = () => isRunning(tab) || generate(tab);
  press();
  timer = setInterval(press, LOOK_MS);
}

export function startGenerateForever(tab) {
  appendContextMenuOption(`#${tab}_generate_box`, "Generate forever", () => start(tab));
  appendContextMenuOption(`#${tab}_generate_box`, "Cancel generate forever", cancel);
}
