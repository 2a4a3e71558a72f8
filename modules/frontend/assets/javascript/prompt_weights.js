// Ctrl+Up and Ctrl+Down: the weight of what the caret is in. Texts in, texts out; prompt_keys.js does the rest.

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)`;
const WEIGHT_BEHIND = new RegExp(String.raw`^\s*:\s*(${NUMBER})\s*\)`);
const NETWORK = new RegExp(String.raw`^<([^<>:]+):([^<>:]*)(?::(${NUMBER})(?=[:>]))?([^<>]*)>$`);
const WEIGHTED = new RegExp(String.raw`:\s*${NUMBER}\s*$`);
const LAYER = 1.1;

const isEscaped = (text, at) => /\\*$/.exec(text.slice(0, at))[0].length % 2 === 1;

// Where the innermost block around the caret begins and ends, brackets included; null if there is none.
export function blockAround(text, caret, open, close) {
  let depth = 0;
  let begin = caret - 1;
  for (; begin >= 0; begin--) {
    if (isEscaped(text, begin)) continue;
    if (text[begin] === close) depth++;
    else if (text[begin] === open && depth-- === 0) break;
  }
  if (begin < 0) return null;
  depth = 0;
  for (let end = caret; end < text.length; end++) {
    if (isEscaped(text, end)) continue;
    if (text[end] === open) depth++;
    else if (text[end] === close && depth-- === 0) return { begin, end: end + 1 };
  }
  return null;
}

// The word at the caret; what divides words is a setting.
function wordAround(text, caret, delimiters) {
  let [begin, end] = [caret, caret];
  while (begin > 0 && !delimiters.includes(text[begin - 1])) begin--;
  while (end < text.length && !delimiters.includes(text[end])) end++;
  return { begin, end };
}

function trimmed(text, { begin, end }) {
  while (begin < end && /\s/.test(text[begin])) begin++;
  while (end > begin && /\s/.test(text[end - 1])) end--;
  return { begin, end };
}

// What a block holds without its brackets and its weight.
function contentOf(text, block) {
  const inside = text.slice(block.begin + 1, block.end - 1);
  const weight = text[block.begin] === "(" ? WEIGHTED.exec(inside) : null;
  return { begin: block.begin + 1, end: block.begin + 1 + (weight ? weight.index : inside.length) };
}

function contentAt(text, begin, end, delimiters) {
  if (begin !== end) {
    const chosen = trimmed(text, { begin, end });
    const block = text[chosen.begin] === "(" && blockAround(text, chosen.begin + 1, "(", ")");
    return block && block.end === chosen.end ? contentOf(text, block) : chosen;
  }
  for (const [open, close] of ["()", "[]"]) {
    const block = blockAround(text, begin, open, close);
    if (block) return contentOf(text, block);
  }
  return wordAround(text, begin, delimiters);
}

// How many brackets of a kind stand around a part of the text.
function layersAround(text, { begin, end }, open, close) {
  let layers = 0;
  while (
    text[begin - 1 - layers] === open && text[end + layers] === close
    && !isEscaped(text, begin - 1 - layers) && !isEscaped(text, end + layers)
  ) layers++;
  return layers;
}

// The weight of a part of the text, and where what says so begins and ends.
function weightOf(text, content) {
  const behind = text[content.begin - 1] === "(" && WEIGHT_BEHIND.exec(text.slice(content.end));
  if (behind) return { weight: Number(behind[1]), begin: content.begin - 1, end: content.end + behind[0].length };
  for (const [open, close, factor] of [["(", ")", LAYER], ["[", "]", 1 / LAYER]]) {
    const layers = layersAround(text, content, open, close);
    if (layers) return { weight: factor ** layers, begin: content.begin - layers, end: content.end + layers };
  }
  return { weight: 1, ...content };
}

const rounded = (number) => Number(number.toPrecision(5));
const written = (weight) => (Number.isInteger(weight) ? `${weight}.0` : String(weight));

function changeNetwork(text, block, step, begin, end) {
  const parts = NETWORK.exec(text.slice(block.begin, block.end));
  if (!parts) return null;
  const [, kind, name, weight, rest] = parts;
  const changed = `<${kind}:${name}:${written(rounded(Number(weight ?? 1) + step))}${rest}>`;
  const most = block.begin + changed.length - 1;
  return {
    text: text.slice(0, block.begin) + changed + text.slice(block.end),
    begin: Math.min(begin, most),
    end: Math.min(end, most),
  };
}

// Changes the weight of what is selected, or of what the caret is in; null if there is nothing.
// `direction` is 1 or -1; `steps` are those of brackets and of networks; `delimiters` divide words.
export function changeWeight(text, begin, end, direction, { steps, delimiters }) {
  const network = blockAround(text, begin, "<", ">");
  if (network) return changeNetwork(text, network, direction * steps.network, begin, end);
  const content = contentAt(text, begin, end, delimiters);
  if (content.begin >= content.end) return null;
  const old = weightOf(text, content);
  const weight = rounded(old.weight + direction * steps.bracket);
  const inside = text.slice(content.begin, content.end);
  const changed = weight === 1 ? inside : `(${inside}:${written(weight)})`;
  const start = old.begin + (weight === 1 ? 0 : 1);
  return { text: text.slice(0, old.begin) + changed + text.slice(old.end), begin: start, end: start + inside.length };
}
