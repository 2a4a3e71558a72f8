"""Settings that the page reads."""

from modules.core.options import option

QUICKSETTINGS = option(
    "quicksettings_list",
    ["sd_model_checkpoint"],
    label="Quicksettings list",
    section="ui",
    help="Keys of settings shown at the top of the page, in this order.",
    needs_reload=True,
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
