"""Settings that the page reads."""

from modules.core.options import Option, option

TAB_TITLES = ("txt2img", "img2img", "Extras", "PNG Info", "Settings")

QUICKSETTINGS = option(
    "quicksettings_list",
    ["sd_model_checkpoint"],
    label="Quicksettings list",
    section="ui",
    help="Keys of settings shown at the top of the page, in this order.",
    needs_reload=True,
)
LOCALIZATION = option(
    "localization",
    "None",
    label="Localization",
    section="ui",
    help="The language of the page: a file of the folder localizations, of the program or of the data.",
    needs_reload=True,
)
TAB_ORDER = option(
    "ui_tab_order",
    [],
    label="UI tab order",
    section="ui",
    suggestions=TAB_TITLES,
    kind="several",
    help="Titles of tabs; the others follow in their usual order. The page opens with the first one.",
    needs_reload=True,
)
HIDDEN_TABS = option(
    "hidden_tabs",
    [],
    label="Hidden UI tabs",
    section="ui",
    suggestions=TAB_TITLES,
    kind="several",
    help="Titles of tabs that are left out. If Settings is among them, only config.json brings it back.",
    needs_reload=True,
)
TABS_WITHOUT_QUICKSETTINGS = option(
    "tabs_without_quick_settings_bar",
    ["Spaces"],
    label="UI tabs without quicksettings bar (top row)",
    section="ui",
    suggestions=TAB_TITLES,
    kind="several",
    help="Titles of tabs above which the quick settings are not shown. Of Forge.",
)
AWAKE = option(
    "prevent_screen_sleep_during_generation",
    True,
    label="Prevent screen sleep during generation",
    section="ui",
    help="Where the browser can do so: on this machine, or over https.",
)
PROGRESS_IN_TITLE = option(
    "show_progress_in_title",
    True,
    label="Show generation progress in window title.",
    section="ui",
    help="Put percentage and time left into the title of the browser's tab.",
)
PROGRESS_BAR = option(
    "show_progressbar",
    True,
    label="Show progressbar",
    section="ui",
    help="Show a bar over the gallery while a job runs.",
)
PREVIEW_PERIOD = option(
    "live_preview_refresh_period",
    300,
    label="Progressbar and preview update period",
    section="ui",
    minimum=100,
    maximum=10_000,
    help="Milliseconds between two looks of the page at a running job.",
)
HIDE_PICTURES = option(
    "do_not_show_images",
    False,
    label="Do not show any images in gallery",
    section="ui_gallery",
    help="Only save the pictures.",
)
INSERT_UPSCALED = option(
    "hires_button_gallery_insert",
    False,
    label="Insert [✨] hires button results to gallery",
    section="ui_gallery",
    help="Else the larger picture takes the place of the one it was made from.",
)
GALLERY_HEIGHT = option(
    "gallery_height",
    "",
    label="Gallery height",
    section="ui_gallery",
    help="A CSS length such as 768px or 20em; empty fits the window.",
    needs_reload=True,
)
SHOW_HIRES_SAMPLER = option(
    "hires_fix_show_sampler",
    False,
    label="Hires fix: show hires checkpoint and sampler selection",
    section="ui_alternatives",
    help="Without it they are shown only when one of them is set, by a pasted picture.",
)
SHOW_HIRES_PROMPTS = option(
    "hires_fix_show_prompts",
    False,
    label="Hires fix: show hires prompt and negative prompt",
    section="ui_alternatives",
    help="Without it they, and Hires CFG Scale, are shown only when one of them is set, by a pasted picture.",
)
PROMPTS_KEPT = option(
    "prompt_history_length",
    50,
    label="Prompts to keep in the list of prompts used before",
    section="ui_prompt_editing",
    minimum=0,
    maximum=500,
    step=1,
    help="The clock beside the prompts shows them. 0 keeps none and takes the button away.",
    needs_reload=True,
)
NO_TOKEN_COUNTERS = option(
    "disable_token_counters",
    False,
    label="Disable prompt token counters",
    section="ui_prompt_editing",
    help="Do not count the tokens of prompts while they are typed.",
)
COUNT_STYLES = option(
    "include_styles_into_token_counters",
    True,
    label="Count tokens of enabled styles",
    section="ui_prompt_editing",
    help="The counters count the prompt as it will be with the chosen styles in it.",
)
SEND_SEED = option(
    "send_seed",
    True,
    label="Send seed when sending prompt or image to other interface",
    section="ui",
    help="The seed comes along with a picture that is sent to img2img.",
)
SEND_SIZE = option(
    "send_size",
    True,
    label="Send size when sending prompt or image to another interface",
    section="ui",
    help="Width and height in img2img become those of a picture that is sent there.",
)
SKIP_PASTING = option(
    "infotext_skip_pasting",
    [],
    label="Disregard fields from pasted infotext",
    section="infotext",
    help="Names of parameters that the paste button leaves as they are.",
)
KEEP_CHECKPOINT = option(
    "disable_weights_auto_swap",
    True,
    label="Disregard checkpoint information from pasted infotext",
    section="infotext",
    help="Off: a pasted picture's checkpoint, if it is here, becomes an entry of Override settings.",
)
INFER_STYLES = option(
    "infotext_styles",
    "Apply if any",
    label="Infer styles from prompts of pasted infotext",
    section="infotext",
    choices=("Ignore", "Apply", "Discard", "Apply if any"),
    help="Styles found in a pasted prompt are taken out of it and chosen in the menu; Discard only takes them out.",
)

# --- The full page viewer and notifications, which the page's scripts read ----------------------------------------
VIEWER = option("js_modal_lightbox", True, label="Full page image viewer: enable", section="ui_gallery")
VIEWER_FILLED = option(
    "js_modal_lightbox_initially_zoomed",
    True,
    label="Full page image viewer: show images zoomed in by default",
    section="ui_gallery",
)
VIEWER_GAMEPAD = option(
    "js_modal_lightbox_gamepad",
    False,
    label="Full page image viewer: navigate with gamepad",
    section="ui_gallery",
)
VIEWER_GAMEPAD_REPEAT = option(
    "js_modal_lightbox_gamepad_repeat",
    250,
    label="Full page image viewer: gamepad repeat period",
    section="ui_gallery",
    help="Milliseconds.",
)
VIEWER_ICON_OPACITY = option(
    "sd_webui_modal_lightbox_icon_opacity",
    1.0,
    label="Full page image viewer: control icon unfocused opacity",
    section="ui_gallery",
    needs_reload=True,
    minimum=0,
    maximum=1,
    step=0.01,
)
VIEWER_BAR_OPACITY = option(
    "sd_webui_modal_lightbox_toolbar_opacity",
    0.9,
    label="Full page image viewer: tool bar opacity",
    section="ui_gallery",
    needs_reload=True,
    minimum=0,
    maximum=1,
    step=0.01,
)
VIEWER_PREVIEW = option(
    "js_live_preview_in_modal_lightbox",
    False,
    label="Show Live preview in full page image viewer",
    section="ui",
)
SOUND = option(
    "notification_audio",
    True,
    label="Play notification sound after image generation",
    section="saving-images",
    needs_reload=True,
    help="When the page is not looked at; a file notification.mp3 in the data folder takes the place of the two tones.",
)
SOUND_VOLUME = option(
    "notification_volume",
    100,
    label="Notification sound volume",
    section="saving-images",
    minimum=0,
    maximum=100,
    step=1,
)

# --- Keys, which the page's scripts read ---------------------------------------------------------------------------
EDITING = "ui_prompt_editing"

WEIGHT_STEP = option(
    "keyedit_precision_attention",
    0.1,
    label="Precision for (attention:1.1) when editing the prompt with Ctrl+up/down",
    section=EDITING,
    minimum=0.01,
    maximum=0.2,
    step=0.001,
)
NETWORK_STEP = option(
    "keyedit_precision_extra",
    0.05,
    label="Precision for <extra networks:0.9> when editing the prompt with Ctrl+up/down",
    section=EDITING,
    minimum=0.01,
    maximum=0.2,
    step=0.001,
)
WORD_DELIMITERS = option(
    "keyedit_delimiters",
    r".,\/!?%^*;:{}=`~() ",
    label="Word delimiters when editing the prompt with Ctrl+up/down",
    section=EDITING,
)
WHITE_DELIMITERS = option(
    "keyedit_delimiters_whitespace",
    ["Tab", "Carriage Return", "Line Feed"],
    label="Ctrl+up/down whitespace delimiters",
    section=EDITING,
    choices=("Tab", "Carriage Return", "Line Feed"),
)
MOVES_ELEMENTS = option("keyedit_move", True, label="Alt+left/right moves prompt elements", section=EDITING)

HOTKEY_HELP = "Keys joined by +, such as Ctrl+Shift+G; empty turns it off."


def hotkey(name: str, keys: str, label: str) -> Option[str]:
    """Declare the keys of an action."""
    return option(name, keys, label=f"Hotkey: {label}", section=EDITING, help=HOTKEY_HELP)


GENERATE_KEY = hotkey("hotkey_generate", "Ctrl+Enter", "generate; while a job runs, stop it and start again")
SKIP_KEY = hotkey("hotkey_skip", "Alt+Enter", "skip the present picture")
INTERRUPT_KEY = hotkey("hotkey_interrupt", "Esc", "interrupt the job")
WEIGHT_UP_KEY = hotkey("hotkey_weight_up", "Ctrl+Up", "more weight for what the caret is in")
WEIGHT_DOWN_KEY = hotkey("hotkey_weight_down", "Ctrl+Down", "less weight for what the caret is in")
MOVE_LEFT_KEY = hotkey("hotkey_move_left", "Alt+Left", "move the element of the prompt to the left")
MOVE_RIGHT_KEY = hotkey("hotkey_move_right", "Alt+Right", "move the element of the prompt to the right")
OUTPUT_ROOT, EVEN_TEMPORARY = "Output Root", "Subdirectory (even temp dir)"
OPEN_FOLDER = option(
    "open_dir_button_choice",
    "Subdirectory",
    label="What directory the [📂] button opens",
    section="ui_gallery",
    choices=(OUTPUT_ROOT, "Subdirectory", EVEN_TEMPORARY),
    help="Subdirectory is that of the picture shown.",
)
