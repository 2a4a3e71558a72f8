// What the page Actions does in the browser alone: leave for notifications, the template for a translation.

import { byId, element } from "./dom.js";
import { allTexts } from "./localization.js";

function say(words, kind = "comments") {
  byId("settings_actions_result").replaceChildren(element("p", { class: kind }, words));
}

async function requestNotifications() {
  if (!("Notification" in window)) return say("This browser has no notifications.", "error");
  const answer = await Notification.requestPermission();
  if (answer === "granted") return say("This page may notify you now.");
  say("The browser does not allow this page to notify you; its settings for this address can change that.", "error");
}

function downloadTemplate() {
  const blob = new Blob([JSON.stringify(allTexts(), null, 4)], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(blob), download: "localization.json" });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function startSettingsActions() {
  byId("request_notifications").addEventListener("click", requestNotifications);
  byId("download_localization").addEventListener("click", downloadTemplate);
}
