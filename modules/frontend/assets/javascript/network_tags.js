// What a click on a card does to a prompt. Texts in, texts out; an insertion is what the server says of a card:
// { word, kind, weight, text, negative, is_expression }.

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const weighted = (weight) => (Number.isInteger(weight) ? String(weight) : String(Number(weight.toFixed(4))));
const TAG = /^<([^:<>]+):([^:<>]+)(?::[^<>]*)?>\s*(.*)$/s;

// An insertion as it is to be written: `opts` are the settings. Pages of extensions give JavaScript that makes the text.
export function read(insertion, opts) {
  if (!insertion.is_expression) return { ...insertion, weight: insertion.weight ?? opts.extra_networks_default_multiplier ?? 1 };
  const made = (code) => (code ? String(new Function("opts", `return (${code})`)(opts)) : "");
  return plain(made(insertion.word), made(insertion.negative));
}

// An insertion out of a text as scripts give it, such as "<lora:paper:0.8> paper cut".
export function plain(text, negative = "") {
  const [, kind, word, behind] = TAG.exec(text.trim()) ?? [];
  return kind ? { kind, word, text: behind, negative, whole: text } : { word: text.trim(), negative, whole: text };
}

export function written(insertion) {
  if (insertion.whole !== undefined) return insertion.whole;
  if (!insertion.kind) return insertion.word;
  const tag = `<${insertion.kind}:${insertion.word}:${weighted(insertion.weight ?? 1)}>`;
  return insertion.text ? `${tag} ${insertion.text}` : tag;
}

// A tag with any weight, or a word by itself or in brackets of its own with any weight.
function pattern({ kind, word }) {
  if (kind) return new RegExp(`<${escaped(kind)}:${escaped(word)}(?::[^<>]*)?>`, "u");
  const name = escaped(word);
  return new RegExp(`\\(+\\s*${name}\\s*(?::\\s*[-+.\\d]+\\s*)?\\)+|(?<![\\p{L}\\p{N}_-])${name}(?![\\p{L}\\p{N}_-])`, "u");
}

export const isIn = (text, insertion) => Boolean(insertion.word) && pattern(insertion).test(text);

const joined = (text, added, separator) => (text.trim() ? text + separator + added : added);

// Leaves no comma without a neighbour, and no two spaces, where something was taken out.
function closed(before, after, separator) {
  if (separator.trim() && before.endsWith(separator)) before = before.slice(0, -separator.length);
  const [left, right] = [before.trimEnd(), after.trimStart()];
  if (!left) return right.replace(/^,\s*/, "");
  if (!right) return left.replace(/,$/, "");
  if (left.endsWith(",") && right.startsWith(",")) return left + right.slice(1);
  return right.startsWith(",") ? left + right : `${left} ${right}`;
}

function without(text, insertion, separator) {
  const found = pattern(insertion).exec(text);
  if (!found) return text;
  let after = text.slice(found.index + found[0].length);
  const behind = insertion.text?.trim();
  if (behind && after.trimStart().startsWith(behind)) after = after.trimStart().slice(behind.length);
  return closed(text.slice(0, found.index), after, separator);
}

function withoutText(text, part, separator) {
  const at = part ? text.lastIndexOf(part) : -1;
  return at < 0 ? text : closed(text.slice(0, at), text.slice(at + part.length), separator);
}

// The prompts after a click: put in if it is not there, else taken out. `prompts` are { target, negative }; `target` is
// the one that the network itself goes into; what goes along with it into the negative prompt is put in or out as well.
export function toggled(prompts, insertion, separator = " ") {
  const isThere = isIn(prompts.target, insertion);
  const target = isThere ? without(prompts.target, insertion, separator) : joined(prompts.target, written(insertion), separator);
  if (!insertion.negative) return { ...prompts, target };
  const negative = isThere
    ? withoutText(prompts.negative, insertion.negative, separator)
    : joined(prompts.negative, insertion.negative, separator);
  return { target, negative };
}
