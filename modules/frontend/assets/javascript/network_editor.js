// The editor of what a person writes about a network: words, weights, its picture. The server says which fields it has.

import { byId, element } from "./dom.js";
import { fetchPicture } from "./fetch_picture.js";
import { PREVIEW_IMAGE } from "./gradio_selectors.js";
import { fetchDetails, saveDetails, savePreview } from "./network_calls.js";
import { closePopup, popup } from "./popup.js";

const MOST_WEIGHT = 2;

function button(text, action, kind = "") {
  const made = element("button", { type: "button", class: kind }, text);
  made.addEventListener("click", action);
  return made;
}

function control({ kind, choices, value, key }) {
  if (kind === "choice") {
    const menu = element("select");
    menu.append(...choices.map((choice) => element("option", { value: choice }, choice)));
    menu.value = value;
    return menu;
  }
  if (kind === "weight") {
    const made = element("input", { type: "number", min: 0, max: MOST_WEIGHT, step: 0.05 });
    made.value = value;
    return made;
  }
  const made = kind === "text" ? element("input", { type: "text" }) : element("textarea", { rows: key === "description" ? 3 : 2 });
  made.value = value ?? "";
  return made;
}

const commas = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);

// Words of the training: a click puts one into the activation text, or takes it out.
function tagCloud(tags, box) {
  const cloud = element("div", { class: "network-tags", role: "group", "aria-label": "Training tags" });
  const mark = () => {
    const present = new Set(commas(box.value));
    for (const each of cloud.children) each.setAttribute("aria-pressed", String(present.has(each.dataset.tag)));
  };
  cloud.append(...tags.map(([tag, count]) => {
    const made = button(tag, () => {
      const parts = commas(box.value);
      box.value = (parts.includes(tag) ? parts.filter((part) => part !== tag) : [...parts, tag]).join(", ");
      mark();
    });
    made.dataset.tag = tag;
    made.append(element("small", {}, String(count)));
    return made;
  }));
  box.addEventListener("input", mark);
  mark();
  return cloud;
}

// Words drawn as often as they were in the training.
export function randomPrompt(tags, random = Math.random) {
  const most = Math.max(1, ...tags.map(([, count]) => count));
  return tags.filter(([, count]) => random() * most < count).map(([tag]) => tag).join(", ");
}

function randomRow(tags) {
  const row = element("div", { class: "network-random" });
  const made = element("input", { type: "text", readonly: "", "aria-label": "Random prompt", placeholder: "A random prompt out of the training tags" });
  row.append(made, button("Draw", () => (made.value = randomPrompt(tags))));
  return row;
}

function fieldRow(field, tags) {
  const row = element("label", { class: `network-field kind-${field.kind}` });
  const made = control(field);
  made.dataset.key = field.key;
  made.dataset.kind = field.kind;
  row.append(element("span", {}, field.label), made);
  if (field.kind !== "tags" || !tags.length) return [row];
  return [row, tagCloud(tags, made), randomRow(tags)];
}

function factTable(facts) {
  const table = element("table", { class: "network-facts" });
  for (const [label, text] of facts) {
    const row = table.insertRow();
    row.append(element("th", { scope: "row" }, label), element("td", { translate: "no" }, text));
  }
  return table;
}

async function base64(file) {
  const bytes = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The picture cannot be read."));
    reader.readAsDataURL(file);
  });
  return bytes.slice(bytes.indexOf(",") + 1);
}

function picture(details) {
  const frame = element("div", { class: "network-preview" });
  if (details.preview) frame.append(element("img", { src: details.preview, alt: "" }));
  return frame;
}

// Opens the editor; `changed(name, html)` is called with the new card when something was written.
export async function openEditor(tab, page, name, elemId, changed) {
  const details = await fetchDetails(page, name);
  const dialog = element("div", { class: "network-dialog network-editor", id: `${elemId}_edit_user_metadata` });
  const message = element("p", { class: "network-message", "aria-live": "polite" });
  const say = (text, kind = "") => {
    message.textContent = text;
    message.className = `network-message ${kind}`;
  };
  const frame = picture(details);
  const shown = () => byId(`${tab}_gallery`)?.querySelector(PREVIEW_IMAGE);

  async function replacePreview() {
    const image = shown();
    if (!image) return say("There is no picture in the gallery of this tab yet: make one, then choose it there.", "error");
    say("Saving the picture…");
    try {
      const { html } = await savePreview(page, name, await base64(await fetchPicture(image.src)));
      changed(name, html);
      frame.replaceChildren(...picture(await fetchDetails(page, name)).childNodes);
      say("The picture is the preview now.");
    } catch (error) {
      say(error.message, "error");
    }
  }

  async function save() {
    const values = {};
    for (const made of dialog.querySelectorAll("[data-key]")) {
      values[made.dataset.key] = made.dataset.kind === "weight" ? Number(made.value) : made.value;
    }
    say("Saving…");
    try {
      changed(name, (await saveDetails(page, name, values)).html);
      closePopup();
    } catch (error) {
      say(error.message, "error");
    }
  }

  const side = element("div", { class: "network-side" });
  side.append(frame, button("Replace preview", replacePreview), element("p", { class: "quiet" }, "Takes the picture shown in the gallery of this tab."), factTable(details.facts));
  const fields = element("div", { class: "network-fields" });
  fields.append(...details.fields.flatMap((field) => fieldRow(field, details.tags)));
  const columns = element("div", { class: "network-columns" });
  columns.append(fields, side);
  const foot = element("div", { class: "network-dialog-foot" });
  foot.append(message, button("Cancel", closePopup), button("Save", save, "primary"));
  dialog.append(element("h2", { translate: "no" }, details.name), columns, foot);
  popup(dialog);
}
