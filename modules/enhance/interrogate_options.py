"""The settings of describing pictures in words."""

from modules.core.options import option

INTERROGATE = "interrogate"

KEEP_IN_MEMORY = option(
    "interrogate_keep_models_in_memory",
    False,
    label="Keep models in VRAM",
    section=INTERROGATE,
    help="Otherwise they wait in the machine's memory until the next picture.",
)
RETURN_RANKS = option(
    "interrogate_return_ranks",
    False,
    label="Include ranks of model tags matches in results.",
    section=INTERROGATE,
    help="Each line is then written as (line:share).",
)
NUM_BEAMS = option(
    "interrogate_clip_num_beams",
    1,
    label="BLIP: num_beams",
    section=INTERROGATE,
    help="How many captions are followed at a time; more is slower and often better.",
    minimum=1,
    maximum=16,
    step=1,
)
MIN_LENGTH = option(
    "interrogate_clip_min_length",
    24,
    label="BLIP: minimum description length",
    section=INTERROGATE,
    help="In tokens.",
    minimum=1,
    maximum=128,
    step=1,
)
MAX_LENGTH = option(
    "interrogate_clip_max_length",
    48,
    label="BLIP: maximum description length",
    section=INTERROGATE,
    help="In tokens.",
    minimum=1,
    maximum=256,
    step=1,
)
LINES_LIMIT = option(
    "interrogate_clip_dict_limit",
    1500,
    label="CLIP: maximum number of lines in text file",
    section=INTERROGATE,
    help="0 sets no limit.",
)
SKIPPED_CATEGORIES = option(
    "interrogate_clip_skip_categories",
    [],
    label="CLIP: skip inquire categories",
    section=INTERROGATE,
    help="Names of files in the folder interrogate/, without .txt.",
)
TAG_THRESHOLD = option(
    "interrogate_deepbooru_score_threshold",
    0.5,
    label="deepbooru: score threshold",
    section=INTERROGATE,
    help="Tags that the network is less sure of are left out.",
    minimum=0,
    maximum=1,
    step=0.01,
)
TAGS_ALPHABETICALLY = option(
    "deepbooru_sort_alpha",
    True,
    label="deepbooru: sort tags alphabetically",
    section=INTERROGATE,
    help="Otherwise the surest come first.",
)
TAGS_WITH_SPACES = option(
    "deepbooru_use_spaces",
    True,
    label="deepbooru: use spaces in tags",
    section=INTERROGATE,
    help="Otherwise underscores.",
)
TAGS_ESCAPED = option(
    "deepbooru_escape",
    True,
    label=r"deepbooru: escape (\) brackets",
    section=INTERROGATE,
    help="So that brackets of tags are no weights in a prompt.",
)
TAGS_LEFT_OUT = option(
    "deepbooru_filter_tags",
    "",
    label="deepbooru: filter out those tags",
    section=INTERROGATE,
    help="Tags to leave out, between commas; with spaces or underscores.",
)
