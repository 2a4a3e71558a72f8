// Alt+Left and Alt+Right: an element of the prompt, between commas, changes places with its neighbour.

const OPEN = "([{<";
const CLOSE = ")]}>";

// Where the elements are: commas inside brackets divide nothing, unless the brackets do not match.
export function elementsOf(text) {
  const commas = commasOutside(text) ?? [...text.matchAll(/,/g)].map((match) => match.index);
  const places = [-1, ...commas, text.length];
  return places.slice(1).map((end, i) => ({ begin: places[i] + 1, end }));
}

function commasOutside(text) {
  const commas = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (OPEN.includes(text[i])) depth++;
    else if (CLOSE.includes(text[i]) && --depth < 0) return null;
    else if (text[i] === "," && depth === 0) commas.push(i);
  }
  return depth === 0 ? commas : null;
}

const parts = (piece) => /^(\s*)(.*?)(\s*)$/s.exec(piece).slice(1);

// Moves the elements that the selection touches by one place; null if they are at the end already.
// White space stays where it is, and the selection goes along.
export function moveElements(text, begin, end, direction) {
  const elements = elementsOf(text);
  const touched = elements.map((element, i) => ({ ...element, i })).filter((it) => begin <= it.end && end >= it.begin);
  const [first, last] = [touched[0].i, touched.at(-1).i];
  const other = direction < 0 ? first - 1 : last + 1;
  if (other < 0 || other >= elements.length) return null;

  const from = Math.min(first, other);
  const to = Math.max(last, other);
  const pieces = elements.slice(from, to + 1).map((element) => parts(text.slice(element.begin, element.end)));
  const contents = pieces.map((piece) => piece[1]);
  const moved = direction < 0 ? [...contents.slice(1), contents[0]] : [contents.at(-1), ...contents.slice(0, -1)];
  const changed = pieces.map(([before, , after], i) => before + moved[i] + after);

  const head = text.slice(0, elements[from].begin);
  const lengthUpTo = (count) => changed.slice(0, count).reduce((sum, piece) => sum + piece.length + 1, 0);
  const [start, stop] = direction < 0 ? [0, last - first] : [1, last - first + 1];
  const movedBegin = head.length + lengthUpTo(start) + pieces[start][0].length;
  const movedEnd = head.length + lengthUpTo(stop) + changed[stop].length - pieces[stop][2].length;
  const result = head + changed.join(",") + text.slice(elements[to].end);
  return begin === end ? placeCaret(result, movedBegin, movedEnd, begin - contentBegin(text, touched[0])) : {
    text: result, begin: movedBegin, end: movedEnd,
  };
}

const contentBegin = (text, element) => element.begin + parts(text.slice(element.begin, element.end))[0].length;

function placeCaret(text, begin, end, offset) {
  const caret = Math.min(Math.max(begin + offset, begin), end);
  return { text, begin: caret, end: caret };
}
