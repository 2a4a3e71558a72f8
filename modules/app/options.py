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
