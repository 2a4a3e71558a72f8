// A panel over the page, closed by Esc or a click beside it.

import { byId, element } from "./dom.js";

export function popup(content) {
  closePopup();
  const dialog = element("dialog", { class: "easel-popup", id: "easel_popup" });
  dialog.append(content);
  dialog.addEventListener("click", (event) => event.target === dialog && closePopup());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export const popupId = (id) => popup(byId(id));
export const closePopup = () => byId("easel_popup")?.close();
