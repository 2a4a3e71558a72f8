"""Settings that a generation reads."""

from modules.core.options import option

CHECKPOINT = option(
    "sd_model_checkpoint",
    "",
    label="Stable Diffusion checkpoint",
    section="sd",
    help="The checkpoint to generate with; empty takes the first one found.",
)
CHECKPOINTS_LIMIT = option(
    "sd_checkpoints_limit",
    1,
    label="Maximum number of checkpoints loaded at the same time",
    section="sd",
    minimum=1,
    maximum=10,
    step=1,
    help="More than one makes changing between them instant, as a refiner does twice a picture; each takes its memory.",
)
CLIP_SKIP = option(
    "CLIP_stop_at_last_layers",
    1,
    label="Clip skip",
    section="sd",
    minimum=1,
    maximum=12,
    step=1,
    infotext="Clip skip",
    help="Stop the text encoder this many layers before its end; 1 uses all of it.",
)
RANDOM_SOURCE = option(
    "randn_source",
    "GPU",
    label="Random number generator source.",
    section="sd",
    choices=("GPU", "CPU", "NV"),
    infotext="RNG",
    help="CPU gives the same pictures on every machine; NV gives those of an NVIDIA card on every machine.",
)
EMPHASIS_MODE = option(
    "emphasis",
    "Original",
    label="Emphasis mode",
    section="sd",
    choices=("None", "Ignore", "Original", "No norm"),
    infotext="Emphasis",
    help="What (word:1.2) does: multiply and keep the mean, only multiply, nothing, or not even be read.",
)
COMMA_BACKTRACK = option(
    "comma_padding_backtrack",
    20,
    label="Prompt word wrap length limit",
    section="sd",
    minimum=0,
    maximum=74,
    step=1,
    help="When a chunk of 75 tokens fills up, text after a comma within this many tokens moves to the next chunk.",
)
PREVIEWS = option(
    "live_previews_enable",
    True,
    label="Show live previews of the created image",
    section="ui",
    help="Show the unfinished picture while it is made.",
)
PREVIEW_INTERVAL = option(
    "show_progress_every_n_steps",
    10,
    label="Live preview display period",
    section="ui",
    minimum=-1,
    maximum=32,
    step=1,
    help=(
        "Make a new preview every so many steps; -1 makes none until the pictures of a batch are done, and 10 makes "
        "one in every step where the VAE is small."
    ),
)
NAME_MODEL = option(
    "add_model_name_to_info",
    True,
    label="Add model name to infotext",
    section="infotext",
    help="Write the checkpoint's name into the picture's parameters.",
)
NAME_MODEL_HASH = option(
    "add_model_hash_to_info",
    True,
    label="Add model hash to infotext",
    section="infotext",
    help="Write the first ten digits of the checkpoint's SHA-256 into the picture's parameters.",
)
NAME_VERSION = option(
    "add_version_to_infotext",
    True,
    label="Add program version to infotext",
    section="infotext",
    help="Write the program's version into the picture's parameters.",
)
NAME_USER = option(
    "add_user_name_to_info",
    False,
    label="Add user name to infotext when authenticated",
    section="infotext",
    help="Write the name of the person who logged in to the page into the picture's parameters.",
)
SAVE_INCOMPLETE = option(
    "save_incomplete_images",
    False,
    label="Save incomplete images",
    section="saving-images",
    help="Save pictures that were cut short by Interrupt or Skip.",
)
CHECKPOINT_HASH = option(
    "sd_checkpoint_hash",
    "",
    label="SHA256 hash of the current checkpoint",
    section="sd",
    help="Set by the program.",
    restrict_api=True,
)
SHOW_GRID = option(
    "return_grid",
    True,
    label="Show grid in gallery",
    section="ui_gallery",
    help="Show the sheet of all pictures before the pictures themselves.",
)
REFINER_PASSES = option(
    "hires_fix_refiner_pass",
    "second pass",
    label="Hires fix: which pass to enable refiner for",
    section="sd",
    choices=("first pass", "second pass", "both passes"),
    infotext="Hires refiner",
    help="The pass of Hires. fix in which the refiner takes over.",
)
REFINER_BY_STEPS = option(
    "refiner_switch_by_sample_steps",
    False,
    label="Switch to the refiner by sampling steps",
    section="compatibility",
    infotext="Refiner switch by sampling steps",
    help="Count sampling steps, as A1111 1.8 did, and not the model's timesteps.",
)
OLD_HIRES_SIZE = option(
    "use_old_hires_fix_width_height",
    False,
    label="For hires fix, use width/height sliders to set final resolution rather than first pass "
    "(disables Upscale by, Resize width/height to).",
    section="compatibility",
    help="As in the first versions of A1111: the first pass gets the area of 512x512 in the same proportions.",
)
EXTRA_NOISE = option(
    "img2img_extra_noise",
    0.0,
    label="Extra noise multiplier for img2img and hires fix",
    section="img2img",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    infotext="Extra noise",
    help="Noise added to the picture besides what its denoising strength asks for; it gives more detail.",
)
INTERRUPT_AFTER_CURRENT = option(
    "interrupt_after_current",
    True,
    label="Don't Interrupt in the middle",
    section="ui_alternatives",
    help="The first click on Interrupt lets the present pictures of a longer job finish, the second stops at once.",
)
SAVE_FIRST_PASS = option(
    "save_images_before_highres_fix",
    False,
    label="Save a copy of image before applying highres fix.",
    section="saving-images",
    help="Save the first pass as well, with the suffix -before-highres-fix.",
)
TI_HASHES = option(
    "textual_inversion_add_hashes_to_infotext",
    True,
    label="Add Textual Inversion hashes to infotext",
    section="extra_networks",
    help="Write the names and hashes of the textual inversions that were used into the picture's parameters.",
)
