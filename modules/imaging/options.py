"""The settings of saving pictures, grids and their texts."""

from modules.core.options import Option, option

SAVING = "saving-images"
PATHS = "saving-paths"
FOLDERS = "saving-to-dirs"
INFOTEXT = "infotext"

SAMPLES_SAVE = option("samples_save", True, label="Always save all generated images", section=SAVING)
SAMPLES_FORMAT = option(
    "samples_format", "png", label="File format for images", section=SAVING, help="png, jpg, webp, avif or gif."
)
SAMPLES_FILENAME_PATTERN = option(
    "samples_filename_pattern",
    "",
    label="Images filename pattern",
    section=SAVING,
    help="Such as [model_name]-[seed]; empty is [seed], or [seed]-[prompt_spaces] where no subdirectories are used.",
)
SAVE_IMAGES_ADD_NUMBER = option(
    "save_images_add_number", True, label="Add number to filename when saving", section=SAVING
)
SAVE_IMAGES_REPLACE_ACTION = option(
    "save_images_replace_action",
    "Replace",
    label="Saving the image to an existing file",
    section=SAVING,
    choices=("Replace", "Add number suffix"),
)
GRID_SAVE = option("grid_save", True, label="Always save all generated image grids", section=SAVING)
GRID_FORMAT = option("grid_format", "png", label="File format for grids", section=SAVING)
GRID_EXTENDED_FILENAME = option(
    "grid_extended_filename",
    False,
    label="Add extended info (seed, prompt) to filename when saving grid",
    section=SAVING,
)
GRID_ONLY_IF_MULTIPLE = option(
    "grid_only_if_multiple", True, label="Do not save grids consisting of one picture", section=SAVING
)
GRID_PREVENT_EMPTY_SPOTS = option(
    "grid_prevent_empty_spots", False, label="Prevent empty spots in grid (when set to autodetect)", section=SAVING
)
N_ROWS = option(
    "n_rows",
    -1,
    label="Grid row count; use -1 for autodetect and 0 for it to be same as batch size",
    section=SAVING,
    help="-1 chooses by the number of images; 0 makes it the batch size.",
    minimum=-1,
    maximum=16,
    step=1,
)
FONT = option(
    "font",
    "",
    label="Font for image grids that have text",
    section=SAVING,
    help="A font file; empty is Roboto.",
)
GRID_TEXT_ACTIVE_COLOR = option(
    "grid_text_active_color", "#000000", label="Text color for image grids", section=SAVING, kind="color"
)
GRID_TEXT_INACTIVE_COLOR = option(
    "grid_text_inactive_color", "#999999", label="Inactive text color for image grids", section=SAVING, kind="color"
)
GRID_BACKGROUND_COLOR = option(
    "grid_background_color", "#ffffff", label="Background color for image grids", section=SAVING, kind="color"
)
IMG_MAX_SIZE_MP = option(
    "img_max_size_mp", 200, label="Maximum image size", section=SAVING, help="Megapixels; larger grids are not made."
)
JPEG_QUALITY = option(
    "jpeg_quality",
    80,
    label="Quality for saved jpeg images",
    section=SAVING,
    minimum=1,
    maximum=100,
    step=1,
)
WEBP_LOSSLESS = option("webp_lossless", False, label="Use lossless compression for webp images", section=SAVING)
EXPORT_FOR_4CHAN = option(
    "export_for_4chan",
    True,
    label="Save copy of large images as JPG",
    section=SAVING,
    help="For files or sides over one of the two limits below.",
)
IMG_DOWNSCALE_THRESHOLD = option(
    "img_downscale_threshold", 4.0, label="File size limit for the above option, MB", section=SAVING
)
TARGET_SIDE_LENGTH = option(
    "target_side_length", 4000, label="Width/height limit for the above option, in pixels", section=SAVING
)


def _folder(name: str, default: str, label: str, help_text: str = "") -> Option[str]:
    return option(name, default, label=label, section=PATHS, help=help_text)


OUTDIR_SAMPLES = _folder(
    "outdir_samples", "", "Output directory for images; if empty, defaults to three directories below"
)
OUTDIR_TXT2IMG_SAMPLES = _folder(
    "outdir_txt2img_samples", "outputs/txt2img-images", "Output directory for txt2img images"
)
OUTDIR_IMG2IMG_SAMPLES = _folder(
    "outdir_img2img_samples", "outputs/img2img-images", "Output directory for img2img images"
)
OUTDIR_EXTRAS_SAMPLES = _folder(
    "outdir_extras_samples", "outputs/extras-images", "Output directory for images from extras tab"
)
OUTDIR_GRIDS = _folder(
    "outdir_grids",
    "",
    "Output directory for grids; if empty, defaults to two directories below",
    "If set, used instead of the two below.",
)
OUTDIR_TXT2IMG_GRIDS = _folder("outdir_txt2img_grids", "outputs/txt2img-grids", "Output directory for txt2img grids")
OUTDIR_IMG2IMG_GRIDS = _folder("outdir_img2img_grids", "outputs/img2img-grids", "Output directory for img2img grids")
OUTDIR_SAVE = _folder("outdir_save", "log/images", "Directory for saving images using the Save button")
OUTDIR_INIT_IMAGES = _folder(
    "outdir_init_images", "outputs/init-images", "Directory for saving init images when using img2img"
)

SAVE_TO_DIRS = option("save_to_dirs", True, label="Save images to a subdirectory", section=FOLDERS)
GRID_SAVE_TO_DIRS = option("grid_save_to_dirs", True, label="Save grids to a subdirectory", section=FOLDERS)
DIRECTORIES_FILENAME_PATTERN = option(
    "directories_filename_pattern",
    "[date]",
    label="Directory name pattern",
    section=FOLDERS,
    help="Empty is [prompt_words].",
)
DIRECTORIES_MAX_PROMPT_WORDS = option(
    "directories_max_prompt_words",
    8,
    label="Max prompt words for [prompt_words] pattern",
    section=FOLDERS,
    minimum=1,
    maximum=20,
    step=1,
)

ENABLE_PNGINFO = option(
    "enable_pnginfo", True, label="Write infotext to metadata of the generated image", section=INFOTEXT
)
SAVE_TXT = option(
    "save_txt", False, label="Create a text file with infotext next to every generated image", section=INFOTEXT
)
