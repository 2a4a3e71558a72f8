// What the page Actions does in the browser alone: leave for notifications, the template for a translation.

import { byId, element } from "./dom.js";

function say(words, kind = "comments") {
  byId("settings_actions_result").replaceChildren(element("p", { class: kind }, words));
}

async function requestNotifications() {
  if (!("Notification" in window)) return say("This browser has no notifications.", "error");
  const answer = await Notification.requestPermission();
  if (answer === "granted") return say("This page may notify you now.");
  say("The browser does not allow this page to notify you; its settings for this address can change that.", "error");
}

// Texts that are no words for people to read: numbers, icons, names of files.
const isWords = (text) => /\p{Letter}{2}/u.test(text) && text.length < 1000;
const SKIPPED = "script, style, textarea, pre, code, table, .html-log, .token, [id$='_gallery'], #footer .versions, #licenses";

function visibleTexts() {
  const texts = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.textContent.trim();
    if (isWords(text) && !node.parentElement.closest(SKIPPED)) texts[text] = text;
  }
  for (const node of document.querySelectorAll("[title], [placeholder], [aria-label]")) {
    for (const name of ["title", "placeholder", "aria-label"]) {
      const text = node.getAttribute(name)?.trim() ?? "";
      if (isWords(text) && !node.closest("#licenses")) texts[text] = text;
    }
  }
  return texts;
}

function downloadTemplate() {
  const blob = new Blob([JSON.stringify(visibleTexts(), null, 4)], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(blob), download: "localization.json" });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function startSettingsActions() {
  byId("request_notifications").addEventListener("click", requestNotifications);
  byId("download_localization").addEventListener("click", downloadTemplate);
}
