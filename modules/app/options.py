"""Settings that the running program reads."""

from modules.core.options import option

TEMPORARY_FOLDER = option(
    "temp_dir",
    "",
    label="Directory for temporary images; leave empty for default",
    section="saving-images",
    help="Pictures that are not saved are written there for the page to show.",
)
CLEAN_TEMPORARY_FOLDER = option(
    "clean_temp_dir_at_start",
    False,
    label="Cleanup non-default temporary directory when starting webui",
    section="saving-images",
    help="Deletes the PNG files in the folder named above.",
)
PRINT_PROMPTS = option(
    "enable_console_prompts",
    False,
    label="Print prompts to console when generating with txt2img and img2img.",
    section="system",
)
PRINT_INFO = option(
    "samples_log_stdout",
    False,
    label="Always print all generation info to standard output",
    section="system",
    help="The info object of each job that is done, as the API sends it, in the console.",
)
MEMORY_POLLS = option(
    "memmon_poll_rate",
    8,
    label="VRAM usage polls per second during generation.",
    section="system",
    minimum=0,
    maximum=40,
    step=1,
    help="0 shows no memory figures under the picture. PyTorch counts by itself, so other values are all the same.",
)
