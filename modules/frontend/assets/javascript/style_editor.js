// The editor of styles: a dialog with A1111's ids. The server keeps the styles; see frontend/tabs/style_events.py.

import { byId, element, field, setField } from "./dom.js";
import { popup } from "./popup.js";

let tab = "txt2img";
let pending = "";
let answered = () => {};
let latestCall = Promise.resolve();
let known = { names: [], files: [], file: 0, style: null, more: 0 };

const part = (name) => byId(`${tab}_${name}`);

// One call at a time: there is one place for a call on its way, and one for who waits for the answer.
function call(action, more = {}) {
  latestCall = latestCall.then(() => new Promise((resolve) => {
    answered = resolve;
    pending = JSON.stringify({ action, ...more });
    byId("styles_send").click();
  }));
  return latestCall;
}

// Called by Gradio on the way to the server: the first value is the call.
export const styleCall = (values) => [pending, ...values.slice(1)];

// Called by Gradio with the server's answer.
export function stylesAnswered(text) {
  const answer = JSON.parse(text || "{}");
  if (!answer.error) known = answer;
  answered(answer);
}

function say(words, kind = "quiet") {
  const line = part("styles_message");
  line.className = kind;
  line.textContent = words;
}

const edited = () => ({
  name: part("styles_edit_select").value.trim(),
  prompt: part("edit_style_prompt").value,
  negative_prompt: part("edit_style_neg_prompt").value,
});

function showButtons() {
  const { name } = edited();
  part("edit_style_save").disabled = !name;
  part("edit_style_delete").disabled = known.style?.name !== name;
}

function show(answer) {
  if (!part("styles_dialog")) return;
  if (answer.error) return say(answer.error, "error");
  const list = part("styles_names");
  list.replaceChildren(...answer.names.map((name) => element("option", { value: name })));
  const files = part("edit_style_file");
  files.replaceChildren(...answer.files.map((name, i) => element("option", { value: i }, name)));
  files.value = answer.file;
  files.parentElement.hidden = answer.files.length < 2;
  say(answer.said || (answer.more ? `The list shows ${answer.names.length} of ${answer.names.length + answer.more} styles; others are found by their whole name.` : ""));
  showButtons();
}

async function read() {
  const { name } = edited();
  const answer = await call("read", { name });
  show(answer);
  if (!answer.style) return;
  part("edit_style_prompt").value = answer.style.prompt;
  part("edit_style_neg_prompt").value = answer.style.negative_prompt;
}

async function save() {
  say("Saving…");
  show(await call("save", { ...edited(), file: Number(part("edit_style_file").value) }));
}

async function remove() {
  const { name } = edited();
  if (!confirm(`Delete the style "${name}"?`)) return;
  const answer = await call("delete", { name });
  if (!answer.error) for (const id of ["styles_edit_select", "edit_style_prompt", "edit_style_neg_prompt"]) part(id).value = "";
  show(answer);
}

// As the server does: where the style says {prompt}, else behind it.
function join(text, style) {
  if (style.includes("{prompt}")) return style.replaceAll("{prompt}", text);
  return [text.trim(), style.trim()].filter(Boolean).join(", ");
}

function apply() {
  const { prompt, negative_prompt: negative } = edited();
  setField(`${tab}_prompt`, join(field(`${tab}_prompt`).value, prompt));
  setField(`${tab}_neg_prompt`, join(field(`${tab}_neg_prompt`).value, negative));
  byId("easel_popup").close();
}

function copyPrompts() {
  part("edit_style_prompt").value = field(`${tab}_prompt`).value;
  part("edit_style_neg_prompt").value = field(`${tab}_neg_prompt`).value;
  say("Copied from the prompts of the page.");
}

function button(id, text, action, kind = "") {
  const made = element("button", { type: "button", id: `${tab}_${id}`, class: kind }, text);
  made.addEventListener("click", action);
  return made;
}

function labelled(text, control) {
  const label = element("label", {}, text);
  label.append(control);
  return label;
}

function createDialog() {
  const dialog = element("div", { id: `${tab}_styles_dialog`, class: "style-editor" });
  const name = element("input", { type: "text", id: `${tab}_styles_edit_select`, list: `${tab}_styles_names`, autocomplete: "off", maxlength: 200, placeholder: "A style, or a new name" });
  name.addEventListener("input", showButtons);
  name.addEventListener("change", read);
  const head = element("div", { class: "style-editor-head" });
  head.append(
    labelled("Style", name),
    labelled("File", element("select", { id: `${tab}_edit_style_file` })),
    element("datalist", { id: `${tab}_styles_names` }),
  );
  const tools = element("div", { class: "style-editor-tools" });
  tools.append(
    button("style_copy", "Copy the page's prompts", copyPrompts),
    button("style_apply_dialog", "Put into the page's prompts", apply),
    button("refresh_styles", "Read the files again", read),
  );
  tools.lastChild.id = `refresh_${tab}_styles`;
  const foot = element("div", { class: "style-editor-foot" });
  foot.append(
    element("p", { id: `${tab}_styles_message`, class: "quiet", "aria-live": "polite" }),
    button("edit_style_delete", "Delete", remove),
    button("edit_style_close", "Close", () => byId("easel_popup").close()),
    button("edit_style_save", "Save", save, "primary"),
  );
  dialog.append(
    element("h2", {}, "Styles"),
    head,
    labelled("Prompt", element("textarea", { id: `${tab}_edit_style_prompt`, rows: 4 })),
    labelled("Negative prompt", element("textarea", { id: `${tab}_edit_style_neg_prompt`, rows: 4 })),
    element("p", { class: "quiet" }, "{prompt} stands for the prompt on the page; without it, the style is put behind the prompt."),
    tools,
    foot,
  );
  return dialog;
}

async function open(of) {
  tab = of;
  const chosen = [...byId(`${tab}_styles`).querySelectorAll(".token > span")].map((token) => token.textContent.trim());
  popup(createDialog());
  part("styles_edit_select").value = chosen.at(-1) ?? "";
  showButtons();
  await read();
  part("styles_edit_select").focus();
}

// A tab's button works as soon as it is seen, which may be before the rest of the tab has been started.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest('[id$="_styles_edit_button"]');
  if (button) open(button.id.replace("_styles_edit_button", ""));
});

export function startStyleEditor(of) {
  field(`${of}_styles`).placeholder = "Styles";
}
