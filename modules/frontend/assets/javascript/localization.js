// The page in another language: texts are replaced by those of the chosen file of localizations/, also later ones.

import { byId } from "./dom.js";
import { onUiLoaded } from "./lifecycle.js";

const given = JSON.parse(byId("easel_localization")?.textContent || "{}");
const oneLine = (text) => text.trim().replace(/\s+/g, " ");
export const translations = given.texts ?? {};
const known = new Map(Object.entries(translations).map(([original, text]) => [oneLine(original), text]));

const ATTRIBUTES = ["title", "placeholder", "aria-label", "label"];

// Texts of people and of files: they stay as they are.
const KEPT = [
  "script, style, textarea, pre, code, [contenteditable='true'], .token, .tag, .versions",
  "[translate='no'], .extra-network-cards :is(.card-main, .name, .description, .search_terms), .extra-network-tree, .extra-network-dirs",
  "[id^='html_info_'], #pnginfo_html_info, #pnginfo_html2_info, #licenses, #sysinfo, .gallery-container .caption-label",
].join(", ");

// Menus of checkpoints and other files: their entries are names.
const FILE_MENUS = [
  "#setting_sd_model_checkpoint, #hr_checkpoint, [id$='_checkpoint'], [id$='_styles'], [id$='_override_settings']",
  "[id$='_upscaler'], [id^='extras_upscaler_'], [id*='_values_dropdown'], #control_sd_model_checkpoint, #control_sd_vae",
]
  .join(", ")
  .split(", ")
  .map((menu) => `${menu} [role='listbox'], select${menu} option`)
  .join(", ");

// Texts that are words for people to read, and no numbers, icons or keys of settings.
export const isWords = (text) => /\p{Letter}{2}/u.test(text) && text.length < 1000 && !/^\w+_\w+$/.test(text);

const NUMBER = /\d+(?:[.,]\d+)*/g;

// What a text is called in a file of translations if its numbers vary: each stands there as #.
const pattern = (text) => text.replace(NUMBER, "#");

// Texts with others in them, each of which stands as {} in the file, as in "Set {} back to its default"; {1} and {2} in
// the translation bring them into another order. Frames that say the most come first.
const frames = [...known.keys()]
  .filter((original) => original.includes("{}"))
  .sort((one, other) => other.length - one.length)
  .map((original) => {
    const parts = original.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return { matches: new RegExp(`^${parts.join("(.*?)")}$`, "s"), text: known.get(original) };
  });

function framed(text) {
  for (const { matches, text: frame } of frames) {
    const inner = matches.exec(text)?.slice(1);
    if (!inner?.some(Boolean)) continue;
    let next = 0;
    return frame.replace(/\{(\d?)\}/g, (_, number) => {
      const part = inner[number ? number - 1 : next++] ?? "";
      return translate(part.trim()) ?? part;
    });
  }
  return null;
}

// The translation of a text of the page, or null.
function translate(text) {
  const general = known.get(text) ?? known.get(pattern(text));
  if (!general) return framed(text);
  const numbers = text.match(NUMBER) ?? [];
  return known.has(text) ? general : general.replace(/#/g, () => numbers.shift() ?? "#");
}

// Original texts by what stands in their place, for the template.
const originals = new Map();
export const originalOf = (text) => originals.get(text) ?? text;

function translated(text) {
  const words = text.trim();
  if (!isWords(words)) return null;
  const found = translate(oneLine(words));
  if (!found || found === words) return null;
  originals.set(found, words);
  return text.replace(words, () => found);
}

// Settings are named by their keys in the tooltips of their labels.
const KEY_TITLES = ".setting-label > label";
const attributesOf = (node) => ATTRIBUTES.filter((name) => name !== "title" || !node.matches(KEY_TITLES));

const isKept = (node) => Boolean(node.closest(KEPT)) || Boolean(node.closest(FILE_MENUS));

function translateText(node) {
  const found = translated(node.data);
  if (found !== null && node.parentElement && !isKept(node.parentElement)) node.data = found;
}

function translateAttributes(node) {
  for (const name of attributesOf(node)) {
    const value = node.getAttribute(name);
    const found = value ? translated(value) : null;
    if (found === null || (node.closest(KEPT) && !node.matches("textarea"))) continue;
    if (name === "aria-label") node.dataset.spoken = value; // by which our scripts find Gradio's buttons
    node.setAttribute(name, found);
  }
}

function translateTree(root) {
  if (root.nodeType === Node.TEXT_NODE) return translateText(root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = root; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) translateText(node);
    else translateAttributes(node);
  }
}

function nameLanguage() {
  if (given.rtl) document.documentElement.dir = "rtl";
  document.documentElement.lang = given.language;
}

export function startLocalization() {
  if (!Object.keys(translations).length) return;
  nameLanguage();
  onUiLoaded(nameLanguage); // Gradio has named its own by then
  const observer = new MutationObserver((mutations) => {
    for (const { type, target, addedNodes } of mutations) {
      if (type === "childList") addedNodes.forEach(translateTree);
      else if (type === "characterData") translateText(target);
      else translateAttributes(target);
    }
    observer.takeRecords(); // of what was just done here
  });
  observer.observe(document.documentElement, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ATTRIBUTES,
  });
  translateTree(document.documentElement);
}

// --- the template ---

const IN_CONFIG = ["label", "info", "placeholder", "title"];

function textsOf(root, add) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement && !isKept(node.parentElement)) add(node.data);
    } else if (!node.closest(KEPT) || node.matches("textarea")) {
      for (const name of attributesOf(node)) add(node.getAttribute(name));
    }
  }
}

function parsed(html) {
  const holder = document.createElement("div");
  holder.append(new DOMParser().parseFromString(html, "text/html").body);
  return holder;
}

// Menus of which the entries are translated.
const isMenu = ({ type, props }) =>
  ["radio", "checkboxgroup", "dropdown"].includes(type) && !(props.elem_id && parsed(`<i id="${props.elem_id}"><i role="listbox"></i></i>`).querySelector(FILE_MENUS));

// All texts of the page with what stands in their place: those of tabs that were not opened yet are in Gradio's plan.
export function allTexts() {
  const texts = {};
  const add = (value) => {
    const words = typeof value === "string" ? originalOf(value.trim()) : "";
    if (!isWords(words)) return;
    texts[oneLine(words)] = translate(oneLine(words)) ?? words;
  };
  for (const component of window.gradio_config?.components ?? []) {
    const { type, props } = component;
    if (props.visible === false) continue;
    IN_CONFIG.forEach((name) => add(props[name]));
    if (["button", "uploadbutton", "downloadbutton"].includes(type)) add(props.value);
    if (["html", "markdown"].includes(type) && typeof props.value === "string") textsOf(parsed(props.value), add);
    if (isMenu(component)) for (const [shown] of props.choices ?? []) add(shown);
  }
  textsOf(document.body, add);
  return texts;
}
