"""The settings of upscaling, face restoration and the Extras tab."""

from modules.core.options import option

UPSCALING = "upscaling"
FACES = "face-restoration"
POSTPROCESSING = "postprocessing"
SAVING = "saving-images"

# --- upscaling ----------------------------------------------------------------------------------------------------

REALESRGAN_NAMES: tuple[str, ...] = (
    "R-ESRGAN 4x+",
    "R-ESRGAN 4x+ Anime6B",
    "R-ESRGAN AnimeVideo",
    "R-ESRGAN General 4xV3",
    "R-ESRGAN General WDN 4xV3",
    "R-ESRGAN 2x+",
)
DAT_NAMES: tuple[str, ...] = ("DAT x2", "DAT x3", "DAT x4")

REALESRGAN_SHOWN = option(
    "realesrgan_enabled_models",
    ["R-ESRGAN 4x+", "R-ESRGAN 4x+ Anime6B"],
    label="Select which Real-ESRGAN models to show in the web UI.",
    section=UPSCALING,
    help="Each is downloaded when it is first used.",
    suggestions=REALESRGAN_NAMES,
)
DAT_SHOWN = option(
    "dat_enabled_models",
    ["DAT x2", "DAT x3", "DAT x4"],
    label="Select which DAT models to show in the web UI.",
    section=UPSCALING,
    help="Each is downloaded when it is first used.",
    suggestions=DAT_NAMES,
)
ESRGAN_TILE = option(
    "ESRGAN_tile",
    192,
    label="Tile size for ESRGAN upscalers.",
    section=UPSCALING,
    help="Pictures are enlarged in squares of that many pixels, to need less memory. 0 = no tiling.",
    minimum=0,
    maximum=512,
    step=16,
)
ESRGAN_TILE_OVERLAP = option(
    "ESRGAN_tile_overlap",
    8,
    label="Tile overlap for ESRGAN upscalers.",
    section=UPSCALING,
    help="Too few pixels may show seams.",
    minimum=0,
    maximum=48,
    step=1,
)
DAT_TILE = option(
    "DAT_tile", 192, label="Tile size for DAT upscalers.", section=UPSCALING, minimum=0, maximum=512, step=16
)
DAT_TILE_OVERLAP = option(
    "DAT_tile_overlap", 8, label="Tile overlap for DAT upscalers.", section=UPSCALING, minimum=0, maximum=48, step=1
)
SWIN_TILE = option(
    "SWIN_tile", 192, label="Tile size for all SwinIR.", section=UPSCALING, minimum=16, maximum=512, step=16
)
SWIN_TILE_OVERLAP = option(
    "SWIN_tile_overlap",
    8,
    label="Tile overlap, in pixels for SwinIR. Low values = visible seam.",
    section=UPSCALING,
    minimum=0,
    maximum=48,
    step=1,
)
SCUNET_TILE = option(
    "SCUNET_tile", 256, label="Tile size for SCUNET upscalers.", section=UPSCALING, minimum=0, maximum=512, step=16
)
SCUNET_TILE_OVERLAP = option(
    "SCUNET_tile_overlap",
    8,
    label="Tile overlap for SCUNET upscalers.",
    section=UPSCALING,
    minimum=0,
    maximum=64,
    step=1,
)
SCALE_FROM_NAME = option(
    "set_scale_by_when_changing_upscaler",
    False,
    label="Set the Extras tab's factor from the upscaler's name",
    section=UPSCALING,
    help="Choosing a 2x model sets the factor to 2.",
)

# --- face restoration ---------------------------------------------------------------------------------------------

FACE_RESTORATION = option("face_restoration", False, label="Restore faces", section=FACES)
FACE_RESTORATION_MODEL = option(
    "face_restoration_model",
    "CodeFormer",
    label="Face restoration model",
    section=FACES,
    choices=("CodeFormer", "GFPGAN"),
    infotext="Face restoration",
)
CODE_FORMER_WEIGHT = option(
    "code_former_weight",
    0.5,
    label="CodeFormer weight",
    section=FACES,
    help="0 changes faces most, 1 least.",
    minimum=0,
    maximum=1,
    step=0.01,
)
FACE_RESTORATION_UNLOAD = option(
    "face_restoration_unload",
    False,
    label="Move face restoration model from VRAM into RAM after processing",
    section=FACES,
)
SAVE_BEFORE_FACE_RESTORATION = option(
    "save_images_before_face_restoration",
    False,
    label="Save a copy of image before doing face restoration.",
    section=SAVING,
    help="With -before-face-restoration at the end of its name.",
)

# --- the Extras tab -----------------------------------------------------------------------------------------------

USE_ORIGINAL_NAME = option(
    "use_original_name_batch",
    True,
    label="Use original name for output filename during batch process in extras tab",
    section=SAVING,
)
UPSCALER_NAME_AS_SUFFIX = option(
    "use_upscaler_name_as_suffix",
    False,
    label="Use upscaler name as filename suffix in the extras tab",
    section=SAVING,
)
OPERATION_NAMES: tuple[str, ...] = (
    "Upscale",
    "GFPGAN",
    "CodeFormer",
    "Split oversized images",
    "Auto focal point crop",
    "Auto-sized crop",
    "Create flipped copies",
    "Caption",
)
IN_MAIN_UI = option(
    "postprocessing_enable_in_main_ui",
    [],
    label="Enable postprocessing operations in txt2img and img2img tabs",
    section=POSTPROCESSING,
    help="Names of operations of the Extras tab, or Simple Upscale. Pictures go through them before they are saved.",
    suggestions=("Simple Upscale", *OPERATION_NAMES[:-1]),
    needs_reload=True,
)
NOT_IN_EXTRAS = option(
    "postprocessing_disable_in_extras",
    [],
    label="Operations that the Extras tab does not show",
    section=POSTPROCESSING,
    suggestions=OPERATION_NAMES,
    needs_reload=True,
)
OPERATION_ORDER = option(
    "postprocessing_operation_order",
    [],
    label="Postprocessing operation order",
    section=POSTPROCESSING,
    help="Names that come first, in this order.",
    needs_reload=True,
)
IMAGES_IN_CACHE = option(
    "upscaling_max_images_in_cache",
    5,
    label="Maximum number of images in upscaling cache",
    section=POSTPROCESSING,
    minimum=0,
    maximum=10,
    step=1,
)
EXISTING_CAPTIONS = option(
    "postprocessing_existing_caption_action",
    "Ignore",
    label="Action for existing captions",
    section=POSTPROCESSING,
    help="Ignore writes a new one in its place, Keep keeps the old one, Prepend and Append put the old one before or "
    "behind the new one.",
    choices=("Ignore", "Keep", "Prepend", "Append"),
)
