"""The settings of the Save and Zip buttons."""

from modules.core.options import option
from modules.imaging.options import FOLDERS, SAVING

SAVE_SELECTED_ONLY = option(
    "save_selected_only",
    True,
    label="When using 'Save' button, only save a single selected image",
    section=SAVING,
    help="Off, or while the grid is shown: all of them.",
)
ZIP_PATTERN = option(
    "grid_zip_filename_pattern",
    "",
    label="Archive filename pattern",
    section=SAVING,
    help="Empty is [datetime]_[[model_name]]_[seed]-[seed_last].",
)
WRITE_LOG = option(
    "save_write_log_csv", True, label="Write log.csv when saving images using 'Save' button", section=SAVING
)
SAVE_TO_DIRS_BY_HAND = option(
    "use_save_to_dirs_for_ui",
    False,
    label='When using "Save" button, save images to a subdirectory',
    section=FOLDERS,
)
