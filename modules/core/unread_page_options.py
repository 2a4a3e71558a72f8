"""More settings that nothing in this version reads: the page, training. See `unread_options.py`."""

from modules.core.unread_options import (
    EXTENSIONS,
    NO_EFFECT,
    TRAINING,
    unread,
)

HIDDEN, SEVERAL, TEXT = "hidden", "several", "html"

# --- The page -------------------------------------------------------------------------------------------------------
ALTERNATIVES, UI, INFOTEXT = "ui_alternatives", "ui", "infotext"
unread(
    "settings_in_ui",
    "The settings named here are shown in the txt2img and img2img tabs.",
    "",
    "settings_in_ui",
    "",
    kind=TEXT,
)
unread(
    "infotext_explanation",
    "The infotext is the text with all parameters that a picture was made with. It stands below the picture and in "
    "its file; put it into the prompt and press the paste button to make the picture again.",
    "",
    INFOTEXT,
    "",
    kind=TEXT,
)
unread("add_vae_name_to_info", True, "Add VAE name to infotext", INFOTEXT)
unread("add_vae_hash_to_info", True, "Add VAE hash to infotext", INFOTEXT)
unread(
    "stealth_pnginfo_option",
    "Alpha",
    "Stealth PNGInfo",
    INFOTEXT,
    NO_EFFECT + "nothing is hidden in the pixels of pictures.",
    choices=("Alpha", "RGB", "None"),
    help="Of Forge.",
)

# --- Training ---------------------------------------------------------------------------------------------------------
TRAIN = "training"
unread(
    "unload_models_when_training",
    False,
    "Move VAE and CLIP to RAM when training if possible. Saves VRAM.",
    TRAIN,
    TRAINING,
)
unread(
    "pin_memory",
    False,
    "Turn on pin_memory for DataLoader. Makes training slightly faster but can increase memory usage.",
    TRAIN,
    TRAINING,
)
unread(
    "save_optimizer_state",
    False,
    "Saves Optimizer state as separate *.optim file. Training of embedding or HN can be resumed with the matching "
    "optim file.",
    TRAIN,
    TRAINING,
)
unread(
    "save_training_settings_to_txt",
    True,
    "Save textual inversion and hypernet settings to a text file whenever training starts.",
    TRAIN,
    TRAINING,
)
unread("dataset_filename_word_regex", "", "Filename word regex", TRAIN, TRAINING)
unread("dataset_filename_join_string", " ", "Filename join string", TRAIN, TRAINING)
unread(
    "training_image_repeats_per_epoch",
    1,
    "Number of repeats for a single input image per epoch; used only for displaying epoch number",
    TRAIN,
    TRAINING,
)
unread(
    "training_write_csv_every",
    500,
    "Save an csv containing the loss to log directory every N steps, 0 to disable",
    TRAIN,
    TRAINING,
)
unread("training_xattention_optimizations", False, "Use cross attention optimizations while training", TRAIN, TRAINING)
unread("training_enable_tensorboard", False, "Enable tensorboard logging.", TRAIN, TRAINING)
unread("training_tensorboard_save_images", False, "Save generated images within tensorboard.", TRAIN, TRAINING)
unread(
    "training_tensorboard_flush_every",
    120,
    "How often, in seconds, to flush the pending tensorboard events and summaries to disk.",
    TRAIN,
    TRAINING,
)
PROFILER = "profiler"
unread("profiling_enable", False, "Enable profiling", PROFILER)
unread("profiling_activities", ["CPU"], "Activities", PROFILER, choices=("CPU", "CUDA"))
unread("profiling_record_shapes", True, "Record shapes", PROFILER)
unread("profiling_profile_memory", True, "Profile memory", PROFILER)
unread("profiling_with_stack", True, "Include python stack", PROFILER)
unread("profiling_filename", "trace.json", "Profile filename", PROFILER)

# --- Kept by the program itself -------------------------------------------------------------------------------------
unread("disabled_extensions", [], "Disable these extensions", "", EXTENSIONS, kind=HIDDEN)
unread(
    "disable_all_extensions",
    "none",
    "Disable all extensions (preserves the list of disabled extensions)",
    "",
    EXTENSIONS,
    choices=("none", "extra", "all"),
    kind=HIDDEN,
)
unread(
    "restore_config_state_file", "", "Config state file to restore from, under 'config-states/' folder", "", kind=HIDDEN
)
