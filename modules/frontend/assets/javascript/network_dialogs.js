// The metadata of a network in a panel, and the path of its file in the clipboard.

import { element } from "./dom.js";
import { fetchDetails, fetchMetadata } from "./network_calls.js";
import { closePopup, popup } from "./popup.js";

function closeButton(text = "Close") {
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", closePopup);
  return button;
}

export async function showMetadata(page, name) {
  const { metadata } = await fetchMetadata(page, name);
  const box = element("div", { class: "network-dialog network-metadata" });
  const foot = element("div", { class: "network-dialog-foot" });
  foot.append(closeButton());
  const title = element("h2", {}, name);
  title.setAttribute("translate", "no");
  box.append(title, element("pre", { tabindex: "0" }, metadata ?? "The file says nothing about itself."), foot);
  popup(box);
}

// Browsers give their clipboard to pages of this machine and of https alone; others get a field to copy from.
export async function copyPath(page, name) {
  const { path } = await fetchDetails(page, name);
  if (!path) throw new Error("Paths are not shown: the program was started with --hide-ui-dir-config.");
  try {
    await navigator.clipboard.writeText(path);
    return "Copied the path.";
  } catch {
    const box = element("div", { class: "network-dialog" });
    const line = element("input", { type: "text", readonly: "" });
    line.value = path;
    const foot = element("div", { class: "network-dialog-foot" });
    foot.append(closeButton());
    box.append(element("h2", {}, "Path of the file"), line, foot);
    popup(box);
    line.select();
    return "";
  }
}
