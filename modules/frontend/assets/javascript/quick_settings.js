// The checkpoint dropdown shows that a checkpoint is being loaded; the note on the starter model can be put away.

import { byId, field } from "./dom.js";
import { onAfterUiUpdate, onOptionsChanged, onUiTabChange, state } from "./lifecycle.js";
import { currentTabButton } from "./tabs.js";
import { originalOf } from "./localization.js";
import { localGet, localSet } from "./task_store.js";

const NOTE_KEY = "easel_starter_note_hidden";
const dropdown = () => byId("setting_sd_model_checkpoint");

// The titles on their way to the server; one that is there already goes as "", which the server leaves alone.
const pending = [];

export function checkpointChosen(title) {
  const sent = pending.includes(title) ? "" : title;
  pending.push(sent);
  dropdown().classList.add("busy");
  dropdown().setAttribute("aria-busy", "true");
  field("setting_sd_model_checkpoint").blur(); // else its list opens again when the list is renewed
  return [sent];
}

export function checkpointLoaded() {
  pending.shift();
  if (pending.length) return;
  dropdown().classList.remove("busy");
  dropdown().removeAttribute("aria-busy");
}

function hideNote() {
  byId("starter_note").classList.toggle("dismissed", localGet(NOTE_KEY) === "yes");
}

function hideInSomeTabs() {
  const without = state.opts.tabs_without_quick_settings_bar ?? [];
  byId("quicksettings").classList.toggle("hidden", without.includes(originalOf(currentTabButton()?.textContent.trim() ?? "")));
}

export function startQuickSettings() {
  hideInSomeTabs();
  onUiTabChange(hideInSomeTabs);
  onOptionsChanged(hideInSomeTabs);
  hideNote();
  onAfterUiUpdate(hideNote);
  byId("starter_note").addEventListener("click", (event) => {
    if (!event.target.closest(".note-close")) return;
    localSet(NOTE_KEY, "yes");
    hideNote();
  });
}
