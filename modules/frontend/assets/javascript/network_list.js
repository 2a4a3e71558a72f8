// Which cards of a page are seen, and in which order. Values in, values out.

const LEAST_SEARCH = 4;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const COMPARE = {
  Path: (a, b) => collator.compare(a.place, b.place),
  Name: (a, b) => collator.compare(a.name, b.name) || collator.compare(a.place, b.place),
  "Date Created": (a, b) => a.created - b.created || collator.compare(a.place, b.place),
  "Date Modified": (a, b) => a.modified - b.modified || collator.compare(a.place, b.place),
};

// What holds the search as it is; if nothing does, what holds every word of it. Hidden cards: Always, When searched, Never.
export function visibleCards(cards, search, hidden) {
  const wanted = search.trim().toLowerCase();
  const showHidden = hidden === "Always" || (hidden === "When searched" && wanted.length >= LEAST_SEARCH);
  const seen = showHidden ? cards : cards.filter((card) => !card.hidden);
  const found = seen.filter((card) => card.search.includes(wanted));
  const words = wanted.split(/\s+/);
  return found.length ? found : seen.filter((card) => words.every((word) => card.search.includes(word)));
}

export function sortedCards(cards, field, direction) {
  const sorted = [...cards].sort(COMPARE[field] ?? COMPARE.Path);
  return direction === "Descending" ? sorted.reverse() : sorted;
}

// The directories of cards as a tree: { path, name, folders, cards }; `path` begins and ends with a slash.
export function folderTree(cards, showHidden) {
  const root = { path: "/", name: "", folders: new Map(), cards: [] };
  for (const card of cards) {
    let folder = root;
    const parts = card.place.split("/").slice(0, -1);
    if (!showHidden && parts.some((part) => part.startsWith("."))) continue;
    for (const part of parts) {
      if (!folder.folders.has(part)) {
        folder.folders.set(part, { path: `${folder.path}${part}/`, name: part, folders: new Map(), cards: [] });
      }
      folder = folder.folders.get(part);
    }
    folder.cards.push(card);
  }
  return root;
}

export const sortedFolders = (folder) => [...folder.folders.values()].sort((a, b) => collator.compare(a.name, b.name));

export function allFolders(folder) {
  return sortedFolders(folder).flatMap((inner) => [inner, ...allFolders(inner)]);
}
