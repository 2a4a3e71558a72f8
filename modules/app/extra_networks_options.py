"""Settings of the pages of extra networks; those of how cards look are read by the page's scripts."""

from modules.core.options import option

SECTION = "extra_networks"

option(
    "extra_networks_show_hidden_directories",
    True,
    label="Show hidden directories",
    section=SECTION,
    help="Those whose name begins with a dot, among the directories of a page.",
)
option(
    "extra_networks_dir_button_function",
    False,
    label="Add a '/' to the beginning of directory buttons",
    section=SECTION,
    help="Then such a button finds only its own directory, not one of the same name further down.",
)
option(
    "extra_networks_hidden_models",
    "When searched",
    label="Show cards for models in hidden directories",
    section=SECTION,
    choices=("Always", "When searched", "Never"),
    help='"When searched" needs a search of at least 4 characters.',
)
option(
    "extra_networks_card_width",
    0,
    label="Card width for Extra Networks",
    section=SECTION,
    help="In pixels; 0 fits the window.",
)
option(
    "extra_networks_card_height",
    0,
    label="Card height for Extra Networks",
    section=SECTION,
    help="In pixels; 0 is half as much again as the width.",
)
option(
    "extra_networks_card_text_scale",
    1.0,
    label="Card text scale",
    section=SECTION,
    minimum=0,
    maximum=2,
    step=0.01,
)
option(
    "extra_networks_card_show_desc",
    True,
    label="Show description on card",
    section=SECTION,
)
DESCRIPTION_IS_HTML = option(
    "extra_networks_card_description_is_html",
    False,
    label="Treat card description as HTML",
    section=SECTION,
    help="Only what formats text is taken from it; scripts, pictures and styles are left out.",
)
ORDER_FIELD = option(
    "extra_networks_card_order_field",
    "Path",
    label="Default order field for Extra Networks cards",
    section=SECTION,
    choices=("Path", "Name", "Date Created", "Date Modified"),
    needs_reload=True,
)
ORDER = option(
    "extra_networks_card_order",
    "Ascending",
    label="Default order for Extra Networks cards",
    section=SECTION,
    choices=("Ascending", "Descending"),
    needs_reload=True,
)
TREE_STYLE = option(
    "extra_networks_tree_view_style",
    "Dirs",
    label="Extra Networks directory view style",
    section=SECTION,
    choices=("Tree", "Dirs"),
    help="A tree beside the cards, or a row of buttons above them.",
    needs_reload=True,
)
TREE_SHOWN = option(
    "extra_networks_tree_view_default_enabled",
    True,
    label="Enables the Extra Networks directory tree view by default",
    section=SECTION,
    help="Also that of buttons. It is seen where there are directories.",
    needs_reload=True,
)
TREE_WIDTH = option(
    "extra_networks_tree_view_default_width",
    180,
    label="Default width for the Extra Networks directory tree view",
    section=SECTION,
    help="In pixels.",
    needs_reload=True,
)
option(
    "extra_networks_add_text_separator",
    " ",
    label="Extra networks separator",
    section=SECTION,
    help="What stands between the prompt and what a click on a card puts behind it.",
)
PAGE_ORDER = option(
    "ui_extra_networks_tab_reorder",
    "",
    label="Extra networks tab order",
    section=SECTION,
    help="Parts of the titles of those that come first, with commas between them.",
    needs_reload=True,
)
SHOW_ALL = option(
    "lora_show_all",
    False,
    label="Always show all networks on the Lora page",
    section=SECTION,
    help="Else those made for another kind of checkpoint than the present one are left out.",
)
HIDE_UNKNOWN = option(
    "lora_hide_unknown_for_versions",
    [],
    label="Hide networks of unknown versions for model versions",
    section=SECTION,
    choices=("SD1", "SD2", "SDXL"),
    help="With checkpoints of these kinds, those whose kind nobody knows are left out.",
)
