// The prompts used before: a list over the page; a click puts both prompts of an entry back.

import { byId, element, setField } from "./dom.js";
import { closePopup, popup } from "./popup.js";
import { countTokens } from "./token_counter.js";

const EMPTY = "Prompts are listed here as soon as a picture was made with them.";

function when(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function putBack(tab, used) {
  setField(`${tab}_prompt`, used.prompt);
  setField(`${tab}_neg_prompt`, used.negative_prompt);
  countTokens(tab);
  closePopup();
}

function entry(tab, used) {
  const row = element("button", { type: "button", class: "used-prompt", title: used.prompt });
  row.append(element("span", { class: "used-prompt-text" }, used.prompt || "—"));
  if (used.negative_prompt) row.append(element("span", { class: "used-prompt-negative" }, used.negative_prompt));
  row.append(element("time", { datetime: used.time }, when(used.time)));
  row.addEventListener("click", () => putBack(tab, used));
  return row;
}

function clearButton(tab) {
  const button = element("button", { type: "button", class: "lg secondary used-prompts-clear" }, "Clear the list");
  button.addEventListener("click", () => {
    if (!confirm("Forget all prompts used before?")) return;
    byId(`${tab}_clear_prompt_history`).click();
    closePopup();
  });
  return button;
}

export function showPromptHistory(tab, text) {
  const list = JSON.parse(text || "[]");
  const panel = element("div", { class: "used-prompts" });
  const head = element("div", { class: "used-prompts-head" });
  head.append(element("h2", {}, "Prompts used before"));
  panel.append(head);
  if (list.length) head.append(clearButton(tab));
  else panel.append(element("p", { class: "quiet" }, EMPTY));
  const entries = element("div", { class: "used-prompts-list notranslate", translate: "no" });
  entries.append(...list.map((used) => entry(tab, used)));
  panel.append(entries);
  popup(panel);
  panel.querySelector(".used-prompt")?.focus();
}
