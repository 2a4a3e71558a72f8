"""Settings of how the page is laid out and looks, all of which take effect when it is built anew."""

from modules.core.options import option

ALTERNATIVES = "ui_alternatives"
ITEMS = (
    *("prompt", "image", "inpaint", "sampler", "accordions", "checkboxes", "dimensions", "cfg", "denoising"),
    *("seed", "batch", "override_settings", "extra_options", "scripts"),
)
"""The items of the left column of txt2img and img2img, in their usual order."""

ITEM_ORDER = option(
    "ui_reorder_list",
    [],
    label="UI item order for txt2img/img2img tabs",
    section="ui",
    suggestions=ITEMS,
    kind="several",
    help="The items named come first, in this order; prompt, image and inpaint stay above them unless they are named.",
    needs_reload=True,
)
COMPACT_PROMPTS = option(
    "compact_prompt_box",
    False,
    label="Compact prompt layout",
    section=ALTERNATIVES,
    help="The prompts stand above the settings and Generate above the pictures, which leaves the pictures more height.",
    needs_reload=True,
)
SAMPLERS_AS_MENU = option(
    "samplers_in_dropdown",
    True,
    label="Use dropdown for sampler selection instead of radio group",
    section=ALTERNATIVES,
    needs_reload=True,
)
BATCH_BESIDE_SIZE = option(
    "dimensions_and_batch_together",
    True,
    label="Show Width/Height and Batch sliders in same row",
    section=ALTERNATIVES,
    help="Else the two sliders of the batch have a row of their own, which ui_reorder_list calls batch.",
    needs_reload=True,
)
TXT2IMG_ACCORDION = option(
    "txt2img_settings_accordion",
    False,
    label="Settings in txt2img hidden under Accordion",
    section=ALTERNATIVES,
    help="Prompts stay in sight.",
    needs_reload=True,
)
IMG2IMG_ACCORDION = option(
    "img2img_settings_accordion",
    False,
    label="Settings in img2img hidden under Accordion",
    section=ALTERNATIVES,
    help="Prompts and the picture stay in sight.",
    needs_reload=True,
)
IN_TABS = "settings_in_ui"
EXTRA_OF_TXT2IMG = option(
    "extra_options_txt2img",
    [],
    label="Settings for txt2img",
    section=IN_TABS,
    kind="several",
    help="They count for jobs of that tab. Their values there are not kept: the setting stays as it is.",
    needs_reload=True,
)
EXTRA_OF_IMG2IMG = option(
    "extra_options_img2img",
    [],
    label="Settings for img2img",
    section=IN_TABS,
    kind="several",
    needs_reload=True,
)
EXTRA_COLUMNS = option(
    "extra_options_cols",
    1,
    label="Number of columns for added settings",
    section=IN_TABS,
    minimum=1,
    maximum=20,
    step=1,
    needs_reload=True,
)
EXTRA_IN_ACCORDION = option(
    "extra_options_accordion",
    False,
    label="Place added settings into an accordion",
    section=IN_TABS,
    needs_reload=True,
)
DEFAULT_THEME = "Default"
THEME = option(
    "gradio_theme",
    DEFAULT_THEME,
    label="Gradio theme",
    section="ui",
    suggestions=(
        *(DEFAULT_THEME, "gradio/base", "gradio/citrus", "gradio/default", "gradio/glass", "gradio/monochrome"),
        *("gradio/ocean", "gradio/origin", "gradio/soft"),
    ),
    help="Colours, corners and fonts, light and dark. Other names, as author/theme, are fetched from huggingface.co.",
    needs_reload=True,
)
CACHE_THEMES = option(
    "gradio_themes_cache",
    True,
    label="Cache gradio themes locally",
    section="ui",
    help="Keep themes from huggingface.co in tmp/gradio_themes, so that they are there without a network.",
)
SHORT_TITLES = option(
    "sd_checkpoint_dropdown_use_short",
    False,
    label="Checkpoint dropdown: use filenames without paths",
    section=ALTERNATIVES,
    help="Of the menu above the tabs. Checkpoints of the same name in several folders then look the same.",
)
