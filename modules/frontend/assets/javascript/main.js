// Starts every behaviour of the page, in order. Each is in a file of its own.

import { startCanvases } from "./canvas.js";
import { startConnection } from "./connection.js";
import { startContextMenu } from "./context_menu.js";
import { startDropdowns } from "./dropdowns.js";
import { checkpointChanged, checkpointWanted, startExtraNetworks } from "./extra_networks.js";
import { extrasPanels, sendToExtras, startExtras } from "./extras.js";
import { startFooter } from "./footer.js";
import { selectedIndex, startGallery } from "./gallery.js";
import { startGenerateForever } from "./generate_forever.js";
import { hiresChanged, hiresOwnChanged, refinerChanged, startHires } from "./hires.js";
import { pictureToDescribe, picturesToSend, showDescribing, startImg2Img } from "./img2img.js";
import { startInputAccordions } from "./input_accordions.js";
import { finish, startJobs, submit, taskToShow } from "./jobs.js";
import { startKeyboard } from "./keyboard.js";
import { startLabels } from "./labels.js";
import { installLegacyGlobals } from "./legacy_globals.js";
import { fulfil, onUiLoaded, readOptions, startLifecycle, whenThere } from "./lifecycle.js";
import { startLightbox } from "./lightbox.js";
import { startLocalization } from "./localization.js";
import { startMobileLayout } from "./mobile_layout.js";
import { sendPngInfo, startPngInfo } from "./png_info.js";
import { startPromptDrop } from "./prompt_drop.js";
import { showPromptHistory } from "./prompt_history.js";
import { startPromptKeys } from "./prompt_keys.js";
import { checkpointChosen, checkpointLoaded, startQuickSettings } from "./quick_settings.js";
import { startResizeHandle } from "./resize_handle.js";
import { sendPicture } from "./sending.js";
import { restoreFields, startSession } from "./session.js";
import { settingsApplied, settingsArrived, settingsToApply, startSettings } from "./settings_tab.js";
import { startSizeAndSeed } from "./size_and_seed.js";
import { GENERATION_TABS } from "./tabs.js";
import { startStyleEditor, styleCall, stylesAnswered } from "./style_editor.js";
import { countTokens, startTokenCounter } from "./token_counter.js";

installLegacyGlobals();
startLocalization();

// What Gradio's events call.
const easel = {
  submit: async (tab, values) => {
    const sent = submit(tab, values);
    // The last of the fields of img2img and Extras says which pictures are meant.
    if (tab === "extras") return [...sent.slice(0, -1), extrasPanels()];
    return tab === "img2img" ? [...sent.slice(0, -1), await picturesToSend()] : sent;
  },
  pictureToDescribe,
  described: (tab) => {
    showDescribing(false);
    countTokens(tab);
  },
  // Task, info and gallery, the picture shown, then the fields.
  submitSelected: async (tab, values) => {
    const [id] = submit(tab, values);
    return [id, values[1], values[2], String(selectedIndex(tab)), ...values.slice(4)];
  },
  sendPicture,
  sendToExtras,
  sendPngInfo,
  selectedPicture: (tab) => String(selectedIndex(tab)),
  finish,
  taskToShow,
  restoreFields,
  optionsArrived: () => {
    readOptions();
    fulfil("settings");
  },
  styleCall,
  stylesAnswered,
  settingsArrived,
  settingsToApply,
  settingsApplied,
  checkpointChosen,
  checkpointOfCard: () => checkpointChosen(checkpointWanted()),
  checkpointLoaded: () => {
    checkpointLoaded();
    checkpointChanged();
  },
  restored: (tab) => fulfil(`fields of ${tab}`),
  pasted: countTokens,
  showPromptHistory,
  hiresChanged,
  hiresOwnChanged,
  refinerChanged,
};
window.easel = easel;
window.easelArrived(easel);

function startTab(tab) {
  startLabels();
  startInputAccordions();
  startResizeHandle(tab);
  startMobileLayout(tab);
  startGallery(tab);
  startLightbox(tab);
  startTokenCounter(tab);
  startStyleEditor(tab);
  startExtraNetworks(tab);
  startPromptDrop(tab);
  startSizeAndSeed(tab);
  if (tab === "txt2img") startHires(tab);
  else startImg2Img();
  startGenerateForever(tab);
  startSession(tab);
  startJobs(tab);
  countTokens(tab);
}

onUiLoaded(() => {
  startDropdowns();
  startQuickSettings();
  startFooter();
  startContextMenu();
  startKeyboard();
  startPromptKeys();
  startConnection();
  startSettings();
  startCanvases();
  for (const tab of GENERATION_TABS) {
    const last = ["generate", "gallery", "subseed", "override_settings_row", "finished_task"];
    whenThere([...last.map((name) => `#${tab}_${name}`), `#html_log_${tab}`, `#${tab}_res_switch_btn`], () => startTab(tab));
  }
  const ofExtras = ["columns", "generate", "gallery", "finished_task", "upscaler_1", "restore_progress"];
  whenThere([...ofExtras.map((name) => `#extras_${name}`), "#html_log_extras"], () => {
    startLabels();
    startInputAccordions();
    startResizeHandle("extras");
    startMobileLayout("extras");
    startGallery("extras");
    startLightbox("extras");
    startSession("extras");
    startJobs("extras");
    startExtras();
  });
  whenThere(["#pnginfo_columns", "#pnginfo_settings"], startPngInfo);
  document.documentElement.dataset.easel = "ready";
});

startLifecycle();
