// Starts every behaviour of the page, in order. Each is in a file of its own.

import { startConnection } from "./connection.js";
import { startContextMenu } from "./context_menu.js";
import { startDropdowns } from "./dropdowns.js";
import { startFooter } from "./footer.js";
import { startGallery } from "./gallery.js";
import { startGenerateForever } from "./generate_forever.js";
import { hiresChanged, hiresOwnChanged, refinerChanged, startHires } from "./hires.js";
import { startInputAccordions } from "./input_accordions.js";
import { finish, startJobs, submit, taskToShow } from "./jobs.js";
import { startKeyboard } from "./keyboard.js";
import { startLabels } from "./labels.js";
import { installLegacyGlobals } from "./legacy_globals.js";
import { fulfil, onUiLoaded, readOptions, startLifecycle } from "./lifecycle.js";
import { startMobileLayout } from "./mobile_layout.js";
import { checkpointChosen, checkpointLoaded, startQuickSettings } from "./quick_settings.js";
import { startResizeHandle } from "./resize_handle.js";
import { restoreFields, startSession } from "./session.js";
import { startSizeAndSeed } from "./size_and_seed.js";
import { GENERATION_TABS } from "./tabs.js";
import { countTokens, startTokenCounter } from "./token_counter.js";

installLegacyGlobals();

// What Gradio's events call.
const easel = {
  submit,
  finish,
  taskToShow,
  restoreFields,
  optionsArrived: () => {
    readOptions();
    fulfil("settings");
  },
  checkpointChosen,
  checkpointLoaded,
  restored: (tab) => fulfil(`fields of ${tab}`),
  pasted: countTokens,
  hiresChanged,
  hiresOwnChanged,
  refinerChanged,
};
window.easel = easel;
window.easelArrived(easel);

onUiLoaded(() => {
  startLabels();
  startDropdowns();
  startInputAccordions();
  startQuickSettings();
  startFooter();
  startContextMenu();
  startKeyboard();
  startConnection();
  for (const tab of GENERATION_TABS) {
    startResizeHandle(tab);
    startMobileLayout(tab);
    startGallery(tab);
    startTokenCounter(tab);
    startSizeAndSeed(tab);
    startHires(tab);
    startGenerateForever(tab);
    startSession(tab);
    startJobs(tab);
    countTokens(tab);
  }
  document.documentElement.dataset.easel = "ready";
});

startLifecycle();
