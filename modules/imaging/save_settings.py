"""What the settings say about where and how pictures are saved."""

from dataclasses import replace
from pathlib import Path

from modules.core.options import Option, Settings
from modules.imaging import options
from modules.imaging.filename import NameRules
from modules.imaging.jpeg_copy import JpegCopy
from modules.imaging.metadata import EncodeOptions
from modules.imaging.save import SaveOptions

# By kind of picture: the folder of all kinds, which wins if it is set, and that of the kind.
FOLDERS: dict[str, tuple[Option[str] | None, Option[str]]] = {
    "txt2img": (options.OUTDIR_SAMPLES, options.OUTDIR_TXT2IMG_SAMPLES),
    "img2img": (options.OUTDIR_SAMPLES, options.OUTDIR_IMG2IMG_SAMPLES),
    "extras": (options.OUTDIR_SAMPLES, options.OUTDIR_EXTRAS_SAMPLES),
    "txt2img-grid": (options.OUTDIR_GRIDS, options.OUTDIR_TXT2IMG_GRIDS),
    "img2img-grid": (options.OUTDIR_GRIDS, options.OUTDIR_IMG2IMG_GRIDS),
    "save-button": (None, options.OUTDIR_SAVE),
    "init-image": (None, options.OUTDIR_INIT_IMAGES),
}


def output_folder(settings: Settings, root: Path, kind: str) -> Path:
    """Return the folder, under `root` unless it is absolute, for a kind of picture (a key of `FOLDERS`)."""
    of_all_kinds, of_this_kind = FOLDERS[kind]
    name = (settings[of_all_kinds] if of_all_kinds else "").strip() or settings[of_this_kind].strip()
    return root / Path(name or of_this_kind.default).expanduser()


def encode_options(settings: Settings) -> EncodeOptions:
    """Return how pictures are turned into bytes, in files and in answers of the API."""
    return EncodeOptions(
        quality=min(max(int(settings[options.JPEG_QUALITY]), 1), 100),
        webp_lossless=settings[options.WEBP_LOSSLESS],
        metadata=settings[options.ENABLE_PNGINFO],
    )


def sample_save_options(settings: Settings, rules: NameRules | None = None) -> SaveOptions:
    """Return how generated pictures are saved."""
    in_folders = settings[options.SAVE_TO_DIRS]
    return SaveOptions(
        format=settings[options.SAMPLES_FORMAT],
        name_pattern=_name_pattern(settings, in_folders),
        folder_pattern=_folder_pattern(settings) if in_folders else None,
        add_number=settings[options.SAVE_IMAGES_ADD_NUMBER],
        overwrite=settings[options.SAVE_IMAGES_REPLACE_ACTION] == "Replace",
        text_file=settings[options.SAVE_TXT],
        max_prompt_words=int(settings[options.DIRECTORIES_MAX_PROMPT_WORDS]),
        encode=encode_options(settings),
        rules=rules or NameRules(),
        jpeg_copy=_jpeg_copy(settings),
    )


def by_hand_save_options(settings: Settings, in_folders: bool) -> SaveOptions:
    """Return how the Save button saves pictures; it has a setting of its own for subfolders."""
    return replace(
        sample_save_options(settings),
        name_pattern=_name_pattern(settings, in_folders),
        folder_pattern=_folder_pattern(settings) if in_folders else None,
    )


def grid_save_options(settings: Settings, rules: NameRules | None = None) -> SaveOptions:
    """Return how grids are saved: as `grid-0000.png`."""
    in_folders = settings[options.GRID_SAVE_TO_DIRS]
    return SaveOptions(
        format=settings[options.GRID_FORMAT],
        name_pattern=_name_pattern(settings, in_folders) if settings[options.GRID_EXTENDED_FILENAME] else "",
        folder_pattern=_folder_pattern(settings) if in_folders else None,
        base="grid",
        digits=4,
        text_file=settings[options.SAVE_TXT],
        max_prompt_words=int(settings[options.DIRECTORIES_MAX_PROMPT_WORDS]),
        encode=encode_options(settings),
        rules=rules or NameRules(),
        jpeg_copy=_jpeg_copy(settings),
    )


def _name_pattern(settings: Settings, in_folders: bool) -> str:
    return settings[options.SAMPLES_FILENAME_PATTERN] or ("[seed]" if in_folders else "[seed]-[prompt_spaces]")


def _folder_pattern(settings: Settings) -> str:
    return settings[options.DIRECTORIES_FILENAME_PATTERN] or "[prompt_words]"


def _jpeg_copy(settings: Settings) -> JpegCopy | None:
    if not settings[options.EXPORT_FOR_4CHAN]:
        return None
    return JpegCopy(
        megabytes=float(settings[options.IMG_DOWNSCALE_THRESHOLD]), side=int(settings[options.TARGET_SIDE_LENGTH])
    )
