// What the footer's buttons do.

import { awaitNewPage } from "./connection.js";
import { byId, element } from "./dom.js";
import { popup } from "./popup.js";

async function showStartupProfile() {
  const panel = element("div");
  panel.append(element("h2", {}, "Startup profile"));
  try {
    const { total, records } = await (await fetch("internal/profile-startup")).json();
    const table = element("table");
    for (const [name, seconds] of [...Object.entries(records), ["total", total]]) {
      const row = element("tr");
      row.append(element("td", {}, name), element("td", {}, `${Number(seconds).toFixed(2)} s`));
      table.append(row);
    }
    panel.append(table);
  } catch {
    panel.append(element("p", {}, "The server did not answer."));
  }
  popup(panel);
}

function showText(title, text) {
  const panel = element("div");
  panel.append(element("h2", {}, title), element("p", {}, text));
  popup(panel);
}

export function reloadUi() {
  awaitNewPage();
  byId("reload_ui").click();
}

export function startFooter() {
  byId("footer").addEventListener("click", (event) => {
    const id = event.target.closest("button")?.id;
    if (id === "footer_api_off") showText("API", "The API is off. Start the program with --api to use it.");
    if (id === "footer_startup_profile") showStartupProfile();
    if (id === "footer_reload_ui") reloadUi();
  });
}
