// The places of Gradio's page that our scripts must know. Stable names only; tests/browser covers each.

export const PREVIEW_IMAGE = ".preview .media-button img";
export const THUMBNAIL = ".thumbnails .thumbnail-item";
export const GRID_ITEM = ".grid-wrap .thumbnail-item";
export const OPEN_LIST = '[role="listbox"]';
export const TOKEN = ".token > span";
export const TAB_BUTTON = '#tabs [role="tab"]';
export const SUB_TAB_BUTTON = '.tab-wrapper > .tab-container > [role="tab"]';
export const SELECTED_TAB = '#tabs > .tab-wrapper [role="tab"][aria-selected="true"]';
export const FIELD = 'textarea, input[type="number"], input[role="combobox"], input[type="text"], input[type="checkbox"]';
export const SHOWN_PICTURE = ".image-frame img";
const CLEAR = ["Remove Image", "Clear"];
export const CLEAR_BUTTON = CLEAR.map((name) => `button[aria-label="${name}"], button[data-spoken="${name}"]`).join(", ");
