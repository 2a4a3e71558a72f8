// A menu of our own on right click, for those who add to it.

import { element } from "./dom.js";

const entries = new Map();
let nextId = 1;
let opener = null;

export function appendContextMenuOption(selector, name, action) {
  const id = `easel_menu_${nextId++}`;
  entries.set(id, { selector, name, action });
  return id;
}

export const removeContextMenuOption = (id) => void entries.delete(id);

export function closeMenu() {
  document.querySelector(".context-menu")?.remove();
  opener?.focus?.({ preventScroll: true });
  opener = null;
}

function openMenu(event) {
  const found = [...entries.values()].filter((entry) => event.target.closest?.(entry.selector));
  if (!found.length) return;
  event.preventDefault();
  closeMenu();
  opener = event.target.closest("button");
  const menu = element("div", { class: "context-menu", role: "menu" });
  for (const entry of found) {
    const item = element("button", { type: "button", role: "menuitem" }, entry.name);
    item.addEventListener("click", () => {
      closeMenu();
      entry.action();
    });
    menu.append(item);
  }
  document.body.append(menu);
  const place = event.clientX || event.clientY ? { x: event.pageX, y: event.pageY } : below(event.target);
  const widest = document.documentElement.clientWidth - menu.offsetWidth - 8;
  menu.style.left = `${Math.max(8, Math.min(place.x, widest))}px`;
  menu.style.top = `${place.y}px`;
  menu.firstElementChild.focus();
}

function below(target) {
  const box = target.getBoundingClientRect();
  return { x: box.left + scrollX, y: box.bottom + scrollY + 4 };
}

function onKey(event) {
  const menu = document.querySelector(".context-menu");
  if (!menu) return;
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
  else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function startContextMenu() {
  document.addEventListener("contextmenu", openMenu);
  document.addEventListener("pointerdown", (event) => event.target.closest(".context-menu") || closeMenu());
  document.addEventListener("keydown", onKey, { capture: true });
}
