// The directories of a page: a row of buttons above the cards, or a tree beside them. A click puts one into the search.

import { element } from "./dom.js";
import { allFolders, folderTree, sortedFolders } from "./network_list.js";

function button(kind, text, path) {
  const made = element("button", { type: "button", class: kind, "data-path": path, title: path }, text);
  return made;
}

function rowOfButtons(root, slash) {
  const folders = allFolders(root);
  if (!folders.length) return [];
  return [
    button("extra-network-dirs-view-button search-all", "all", ""),
    ...folders.map(({ path }) => {
      const text = slash ? path : path.slice(1);
      return button("extra-network-dirs-view-button", text, text);
    }),
  ];
}

// A branch is filled when it is first opened: there may be thousands of files.
function branch(folder) {
  const details = element("details", { class: "tree-folder" });
  const summary = element("summary");
  summary.append(button("tree-name", folder.name, folder.path));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector(".tree-inside")) details.append(inside(folder));
  });
  return details;
}

function inside(folder) {
  const place = element("div", { class: "tree-inside" });
  place.append(...sortedFolders(folder).map(branch));
  place.append(...folder.cards.map((card) => {
    const leaf = element("button", { type: "button", class: "tree-file", "data-name": card.name, title: card.place }, card.name);
    return leaf;
  }));
  return place;
}

// Shows the directories of cards; says whether there are any.
export function showFolders(pane, cards, opts) {
  const root = folderTree(cards, opts.extra_networks_show_hidden_directories ?? true);
  const isTree = pane.dataset.folders === "Tree";
  pane.querySelector(".extra-network-dirs").replaceChildren(...(isTree ? [] : rowOfButtons(root, opts.extra_networks_dir_button_function)));
  pane.querySelector(".extra-network-tree").replaceChildren(...(isTree && root.folders.size ? [inside(root)] : []));
  pane.classList.toggle("with-tree", isTree && root.folders.size > 0);
  pane.classList.toggle("with-folders", root.folders.size > 0);
}

export function markFolder(pane, search) {
  for (const each of pane.querySelectorAll("[data-path]")) each.classList.toggle("selected", each.dataset.path === search);
}

// The line between the tree and the cards changes the tree's width.
export function startDivider(pane) {
  const line = pane.querySelector(".extra-network-divider");
  line.addEventListener("pointerdown", (event) => {
    line.setPointerCapture(event.pointerId);
    const left = pane.getBoundingClientRect().left;
    const move = ({ clientX }) => pane.style.setProperty("--tree-width", `${Math.min(Math.max(clientX - left, 100), 600)}px`);
    line.addEventListener("pointermove", move);
    line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
  });
}
